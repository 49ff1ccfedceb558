import assert from "node:assert/strict";
import { opsAccess } from "../../../stack/opsAccess";

const outputs = { opsHost: "ssh ec2-user@198.51.100.10", sshHostKey: "ssh-ed25519 HOST", region: "us-east-1" };
const host = { target: "ec2-user@198.51.100.10", hostKey: "ssh-ed25519 HOST" };

describe("the way to the ops host", () => {
  const parameters = (name: string, region: string | undefined) => Promise.resolve(`key of ${name} in ${region}`);
  const none = () => Promise.reject(new Error("Parameter Store was asked"));

  it("takes the key from the parameter that the outputs name", async () => {
    const named = { ...outputs, sshPrivateKeyParameter: "/kafka/ops/operator-key" };
    const privateKey = "key of /kafka/ops/operator-key in us-east-1";
    assert.deepEqual(await opsAccess(named, "prod", parameters), { ...host, privateKey });
  });

  it("leaves the key to SSH where the operator brought one: no right to read parameters is needed", async () => {
    assert.deepEqual(await opsAccess(outputs, "prod", none), host);
  });

  it("says what to do for a stack of an earlier version, and for one that is not deployed", async () => {
    const earlier = { ...outputs, sshPrivateKey: "[secret]" };
    await assert.rejects(
      opsAccess(earlier, "prod", none),
      /earlier version.* `pulumi up` moves it into Parameter Store/,
    );
    await assert.rejects(opsAccess({}, "prod", none), /stack prod has no ops host in its outputs: it is not deployed/);
  });
});
