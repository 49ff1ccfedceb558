import assert from "node:assert/strict";
import { parseReplaceVolume, replaceableIn, volumeOf } from "../../../stack/volumeReplacement";
import type { StackRecord } from "../../../stack/recovery";
import { nodeTags } from "../../../planning/cluster/tags";

function volume(node: string, id: string, more: object = {}) {
  return {
    urn: `urn:${node}`,
    type: "aws:ebs/volume:Volume",
    id,
    protect: true,
    retainOnDelete: true,
    outputs: {
      arn: `arn:aws:ec2:eu-west-1:1:volume/${id}`,
      availabilityZone: "eu-west-1a",
      size: 100,
      iops: 3000,
      throughput: 125,
      tags: nodeTags("kafka-prod", node),
    },
    ...more,
  };
}

const record: StackRecord = {
  version: 3,
  deployment: {
    manifest: { time: "2026-01-01T00:00:00Z" },
    resources: [
      { urn: "urn:vpc", type: "aws:ec2/vpc:Vpc", id: "vpc-1" },
      volume("kafka-2", "vol-2"),
      volume("kafka-3", "vol-old", { delete: true }),
      volume("kafka-3", "vol-3"),
    ],
  },
};

describe("the replacement of a volume", () => {
  it("is of one node", () => {
    assert.equal(parseReplaceVolume(" kafka-3 "), "kafka-3");
    assert.equal(parseReplaceVolume("zookeeper-1"), "zookeeper-1");
    for (const word of ["kafka-3,kafka-4", "kafka-3 kafka-4"])
      assert.throws(() => parseReplaceVolume(word), /one node at a time, as each is filled from the others/);
    for (const word of ["", "kafka", "kafka-0", "vol-1", "ops", "kafka-3x", "xkafka-3"])
      assert.throws(() => parseReplaceVolume(word), /the name of a node is wanted, e\.g\. --replace-volume kafka-3/);
  });

  it("finds the node's volume on record, not one that still has to be deleted", () => {
    const { id, urn, region } = volumeOf(record, "kafka-3", "prod");
    assert.deepEqual([id, urn, region], ["vol-3", "urn:kafka-3", "eu-west-1"]);
  });

  it("says which nodes have one, and how a replacement that was cut off goes on", () => {
    assert.throws(
      () => volumeOf(record, "kafka-9", "prod"),
      /--replace-volume kafka-9: stack prod has no volume for it, only for kafka-2, kafka-3\..*--stack prod/,
    );
    assert.throws(() => volumeOf({ version: 3 }, "kafka-9", "prod"), /only for no node/);
  });

  it("lifts the protection of this volume alone, and has the old one kept whatever dataProtection says", () => {
    const lifted = replaceableIn(record, "urn:kafka-2").deployment?.resources as ReturnType<typeof volume>[];
    assert.deepEqual([lifted[1]?.protect, lifted[1]?.retainOnDelete], [false, true]);
    assert.deepEqual(lifted.toSpliced(1, 1), record.deployment?.resources?.toSpliced(1, 1));
    assert.deepEqual(replaceableIn({ version: 3 }, "urn:kafka-2"), { version: 3 });
  });
});
