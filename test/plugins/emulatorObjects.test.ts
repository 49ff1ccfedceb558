import assert from "node:assert/strict";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";

import { startEmulator, type EmulatorProcess } from "./emulatorProcess";

describe("emulator: the objects of a bucket", function () {
  this.timeout(120_000);
  let emulator: EmulatorProcess;
  before(async () => (emulator = await startEmulator([])));
  after(() => emulator?.stop());

  it("are read whole, as they were or as they are, while they are written anew", async () => {
    const object = { Bucket: "bucket", Key: "state" };
    await emulator.s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
    const write = (round: number) =>
      emulator.s3.send(new PutObjectCommand({ ...object, Body: String(round % 10).repeat(100_000) }));
    await write(0);
    let isWritten = false;
    const reader = async () => {
      while (!isWritten) {
        const { Body } = await emulator.s3.send(new GetObjectCommand(object));
        const text = (await Body?.transformToString()) ?? "";
        assert.match(text, /^(.)\1{99999}$/);
      }
    };
    const readers = Promise.all(Array.from({ length: 4 }, reader));
    for (let round = 1; round <= 50; round++) await write(round);
    isWritten = true;
    await readers;
  });
});
