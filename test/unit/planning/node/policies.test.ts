import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { instanceTrustPolicy, nodePolicy } from "../../../../planning/node/nodePolicy";
import { opsPolicy } from "../../../../planning/node/opsPolicy";
import { revisionOf } from "../../../../planning/node/revision";
import { assertSnapshot } from "../snapshot";

const pretty = (policy: string) => `${JSON.stringify(JSON.parse(policy), null, 1)}\n`;

describe("what an instance may do in AWS", () => {
  const common = {
    clusterName: "prod",
    volumeArn: "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1b",
    volumeKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/k",
    region: "eu-west-1",
    bucketArn: "arn:aws:s3:::prod-0a1b",
  };

  it("a ZooKeeper node's: its own volume on its own instances, the artifacts, and whether the marker is there", () => {
    const policy = nodePolicy({ ...common, node: "zookeeper-2", role: "zookeeper" });
    assertSnapshot("policy-zookeeper", pretty(policy));
    const kafka = nodePolicy({ ...common, node: "zookeeper-2", role: "kafka" });
    const statements = (text: string) => (JSON.parse(text) as { Statement: unknown[] }).Statement;
    assert.deepEqual(statements(kafka), statements(policy).slice(0, -1), "a broker knows no marker");
  });

  it("the ops host's: its keys and tools, and this cluster's groups", () => {
    const parameterArns = ["arn:aws:ssm:eu-west-1:123456789012:parameter/prod/ops/host-key"];
    assertSnapshot("policy-ops", pretty(opsPolicy({ ...common, account: "123456789012", parameterArns })));
  });

  it("and nobody but EC2 may be such an instance", () => {
    assert.deepEqual(JSON.parse(instanceTrustPolicy), {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
  });
});

describe("a revision", () => {
  it("is the same for the same parts, in whatever order they are given, and another one for any others", () => {
    const shuffled = (value: fc.JsonValue): fc.JsonValue => {
      if (value === null || typeof value !== "object") return value;
      if (Array.isArray(value)) return value.map(shuffled);
      const entries = Object.entries(value as Record<string, fc.JsonValue>).filter(([key]) => key !== "__proto__");
      return Object.fromEntries(entries.map(([key, item]) => [key, shuffled(item)] as const).reverse());
    };
    const plain = fc.jsonValue().map((value) => shuffled(shuffled(value)));
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        assert.match(revisionOf(one), /^[0-9a-f]{12}$/);
        assert.equal(revisionOf(one), revisionOf(shuffled(one)));
        assert.equal(revisionOf(one) === revisionOf(other), isDeepStrictEqual(one, other));
        assert.equal(revisionOf({ a: one, b: other, c: 1 }), revisionOf({ c: 1, b: other, a: one }));
      }),
    );
    assert.notEqual(revisionOf([1, 2]), revisionOf([2, 1]), "the order of a list is a part of it");
    assert.notEqual(revisionOf({ a: 1, b: 2 }), revisionOf({ a: 2, b: 1 }));
    // Another way to compute it would roll every node of every cluster.
    assert.equal(revisionOf({ b: 1, a: { d: 2, c: null } }), "ed6df50efde6");
  });
});
