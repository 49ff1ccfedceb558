import assert from "node:assert/strict";
import { zones } from "./mockAws";
import { comesAfter, failProgram, ofType, one, runProgram, type RunOptions } from "./runProgram";

/** A data volume as the state or AWS has it. */
interface Volume {
  readonly node: string;
  readonly id?: string;
  readonly sizeGiB?: number;
  readonly zone?: string;
  readonly attached?: boolean;
  readonly encrypted?: boolean;
  readonly retained?: string;
}

interface World {
  /** What the stack's state has. */
  readonly own?: readonly Volume[];
  /** What AWS has beside that, with the cluster's tags. */
  readonly others?: readonly Volume[];
  readonly clusterName?: string;
  readonly domain?: string;
  /** Whether ZooKeeper's gate has ever passed. */
  readonly wasWhole?: boolean;
  /** The blocks of the node subnets; none when all but the volumes is gone. */
  readonly blocks?: readonly string[];
}

const sampleBlocks = ["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"];
const zoneOf = (node: string) => zones[(Number(node.split("-")[1]) - 1) % 3] ?? "";
const idOf = ({ node, id }: Volume) => id ?? `vol-${node}`;

function world(given: World, preview = true): RunOptions {
  const { own = [], others = [], clusterName = "kafka-test", domain, wasWhole = true, blocks = sampleBlocks } = given;
  const tagsOf = ({ node, retained }: Volume) => ({
    "kafka-on-ec2:cluster": clusterName,
    "kafka-on-ec2:node": node,
    ...(retained === undefined ? {} : { "kafka-on-ec2:retained": retained }),
  });
  const inAws = [...own.map((volume) => ({ attached: true, ...volume })), ...others];
  const ensemble = "kafka-on-ec2:index:ZooKeeperEnsemble";
  const resources = [
    { name: "cluster-zookeeper", type: ensemble, outputs: wasWhole ? { ready: "whole" } : {} },
    // An update that failed leaves the outputs of a stack when they do not depend on what has failed.
    { name: "cluster-artifacts", type: "aws:s3/bucket:Bucket", outputs: { bucket: "kafka-test-0a1b2c3d" } },
    ...(domain === undefined
      ? []
      : [{ name: "cluster-network-dns", type: "aws:route53/zone:Zone", outputs: { name: domain } }]),
    ...own.map((volume) => ({
      name: `cluster-${volume.node}`,
      type: "aws:ebs/volume:Volume",
      outputs: {
        arn: `arn:aws:ec2:us-east-1:123456789012:volume/${idOf(volume)}`,
        size: volume.sizeGiB ?? 8,
        availabilityZone: volume.zone ?? zoneOf(volume.node),
        tags: tagsOf(volume),
      },
    })),
  ];
  const stack = { type: "pulumi:pulumi:Stack", outputs: { bootstrapServers: "kafka-1.kafka.internal:9092" } };
  const otherVolume = {
    type: "aws:ebs/volume:Volume",
    outputs: {
      arn: "arn:aws:ec2:us-east-1:123456789012:volume/vol-of-another",
      size: 8,
      availabilityZone: "us-east-1a",
      tags: { "kafka-on-ec2:cluster": "kafka-other", "kafka-on-ec2:node": "kafka-1" },
    },
  };
  return {
    preview,
    answers: {
      "pulumi:pulumi:readStackResourceOutputs": ({ stackName }: { stackName: string }) => {
        assert.equal(stackName, "organization/kafka-on-ec2/test");
        const urnOf = ({ type, name }: { type: string; name: string }) =>
          `urn:pulumi:test::kafka-on-ec2::kafka-on-ec2:index:KafkaCluster$${type}::${name}`;
        return {
          outputs: Object.fromEntries([
            ["urn:pulumi:test::kafka-on-ec2::pulumi:pulumi:Stack::kafka-on-ec2-test", stack],
            ...resources.map((resource) => [urnOf(resource), resource]),
            // Another cluster of the same program.
            [urnOf({ type: "aws:ebs/volume:Volume", name: "clusters-kafka-1" }), otherVolume],
          ]),
        };
      },
      "aws:ebs/getEbsVolumes:getEbsVolumes": (inputs: {
        tags: Record<string, string>;
        filters: { name: string; values: string[] }[];
      }) => {
        assert.deepEqual(inputs.tags, { "kafka-on-ec2:cluster": clusterName, "kafka-on-ec2:volume": "data" });
        const inUse = inputs.filters[0]?.values.includes("in-use") ?? false;
        return { ids: inAws.filter(({ attached = false }) => attached === inUse).map(idOf) };
      },
      "aws:ebs/getVolume:getVolume": (inputs: { filters: { values: string[] }[] }) => {
        const volume = inAws.find((other) => idOf(other) === inputs.filters[0]?.values[0]);
        assert.ok(volume);
        return {
          size: volume.sizeGiB ?? 8,
          availabilityZone: volume.zone ?? zoneOf(volume.node),
          encrypted: volume.encrypted ?? true,
          createTime: "2026-01-02T03:04:05Z",
          tags: tagsOf(volume),
        };
      },
      "aws:ec2/getSubnets:getSubnets": (inputs: { tags: Record<string, string> }) => {
        assert.deepEqual(inputs.tags, { "kafka-on-ec2:cluster": clusterName });
        return { ids: ["ops", ...blocks.keys()].map(String) };
      },
      "aws:ec2/getSubnet:getSubnet": ({ id }: { id: string }) => {
        const availabilityZone = zones[Number(id)] ?? "us-east-1a";
        const cidrBlock = blocks[Number(id)] ?? "10.20.240.0/24";
        const thing = id === "ops" ? id : `nodes-${availabilityZone}`;
        return { availabilityZone, cidrBlock, vpcId: "vpc-1", tags: { Name: `${clusterName}-${thing}` } };
      },
    },
  };
}

const named = (more: Omit<Volume, "node">, ...nodes: string[]): Volume[] => nodes.map((node) => ({ node, ...more }));
const zookeepers = ["zookeeper-1", "zookeeper-2", "zookeeper-3"];
const brokers = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
const cluster = named({}, ...zookeepers, ...brokers);

/** What a preview refuses with; nothing may have been asked for. */
async function refusal(given: World, config: Record<string, unknown> = {}): Promise<string> {
  const { message, resources } = await failProgram(config, world(given));
  assert.deepEqual(resources, []);
  return message;
}

async function imports(given: World, config: Record<string, unknown> = {}): Promise<Record<string, string>> {
  const { resources } = await runProgram(config, world(given));
  return Object.fromEntries(resources.filter(({ importId }) => importId).map(({ name, importId }) => [name, importId]));
}

describe("a cluster that exists", () => {
  it("is left as it is", async () => {
    assert.deepEqual(await imports({ own: cluster, domain: "kafka.internal" }), {});
  });

  it("is told at the preview how long its copies will move", async () => {
    const { said } = await runProgram({ brokerCount: 6 }, world({ own: cluster }));
    assert.match(said.join("\n"), /^info: copies move onto kafka-6: /m);
  });

  it("keeps its volumes' sizes and zones", async () => {
    const own = [...named({}, ...zookeepers), ...named({ sizeGiB: 30 }, "kafka-3")];
    assert.match(
      await refusal({ own }, { brokerVolumeGiB: 20 }),
      /brokerVolumeGiB: 20 is smaller than the existing volume of kafka-3 \(30 GiB\)/,
    );
    assert.match(
      await refusal({ own: [...named({}, ...zookeepers), ...named({ zone: "us-east-1b" }, "kafka-3")] }),
      /availabilityZones: kafka-3 would move from us-east-1b to us-east-1c/,
    );
    await imports({ own }, { brokerVolumeGiB: 40 });
  });

  it("keeps its ensemble and its addresses", async () => {
    assert.match(
      await refusal({ own: named({}, "zookeeper-4", "zookeeper-5") }, { zookeeperCount: 3 }),
      /zookeeperCount: 3 would change the existing ensemble/,
    );
    assert.match(
      await refusal({ own: cluster, blocks: ["10.30.0.0/20", "10.30.16.0/20", "10.30.32.0/20"] }),
      /vpcCidr: 10\.20\.32\.0\/20 would take the place of 10\.30\.32\.0\/20/,
    );
  });

  it("keeps its name, also when its stack is renamed, and its domain: both are said at once", async () => {
    const message = await refusal({ own: cluster, clusterName: "kafka-old", domain: "kafka.old" });
    assert.match(message, /^clusterName: kafka-test is not kafka-old, which .*; set clusterName to kafka-old$/m);
    assert.match(message, /^dnsDomain: kafka\.internal is not kafka\.old, .*; set dnsDomain to kafka\.old$/m);
    const kept = { own: cluster, clusterName: "kafka-old", domain: "kafka.old" };
    assert.deepEqual(await imports(kept, { clusterName: "kafka-old", dnsDomain: "kafka.old" }), {});
  });

  it("is not held up by volumes that removed nodes, or an earlier cluster, have left of the same names", async () => {
    const old = named({ id: "vol-old", sizeGiB: 500, zone: "us-east-1b" }, "kafka-3");
    assert.deepEqual(await imports({ own: cluster, others: [...old, ...named({}, "kafka-9")] }), {});
  });
});

describe("volumes that are not in the stack's state", () => {
  const retained = named({ retained: "2026-01-02" }, ...zookeepers, ...brokers);

  it("are taken up with what is on them when they are retained", async () => {
    const wanted = Object.fromEntries(retained.map((volume) => [volume.node, idOf(volume)]));
    assert.deepEqual(await imports({ others: retained, blocks: [] }), wanted);
  });

  it("are looked at by a person when nobody has said that they are wanted", async () => {
    const message = await refusal({ own: cluster, others: named({}, "kafka-6") }, { brokerCount: 6 });
    assert.match(message, /^clusterName: kafka-test has volumes that are not in this stack's state/m);
    assert.match(message, /^\s+kafka-6: vol-kafka-6, 8 GiB, us-east-1c, made 2026-01-02T03:04:05Z, not attached$/m);
    assert.match(message, /aws ec2 create-tags --resources ID --tags Key=kafka-on-ec2:retained,Value=yes/);
  });

  it("are all listed when a node has several", async () => {
    const twice = named({ id: "vol-old", sizeGiB: 500, retained: "2025-01-01" }, "kafka-3");
    const message = await refusal({ others: [...retained, ...twice], blocks: [] });
    assert.match(message, /^\s+kafka-3: vol-kafka-3, 8 GiB, .*, retained 2026-01-02$/m);
    assert.match(message, /^\s+kafka-3: vol-old, 500 GiB, .*, retained 2025-01-01$/m);
    assert.doesNotMatch(message, /kafka-1:/);
  });

  it("are another cluster's while they are attached", async () => {
    const message = await refusal({ others: named({ attached: true, retained: "yes" }, "kafka-1") });
    assert.match(message, /clusterName: kafka-test runs already, outside this stack: its volumes are in use:/);
  });

  it("are not taken up without encryption, as that would replace them", async () => {
    const message = await refusal({ others: named({ retained: "yes", encrypted: false }, ...zookeepers) });
    assert.match(message, /retained volumes that are not encrypted:\n\s+zookeeper-1: /);
  });

  it("are checked like the volumes of nodes that exist", async () => {
    const message = await refusal({ others: named({ retained: "yes", sizeGiB: 100 }, ...zookeepers), blocks: [] });
    assert.match(message, /zookeeperVolumeGiB: \d+ is smaller than the existing volume of zookeeper-1 \(100 GiB\)/);
  });

  it("are not enough when most of ZooKeeper's are gone", async () => {
    const message = await refusal({ others: named({ retained: "yes" }, "zookeeper-2", "kafka-1"), blocks: [] });
    assert.match(message, /zookeeperCount: the volumes of 2 of 3 members .* only zookeeper-2: .*\(kafka-1\)/);
  });
});

describe("a state that is being written", () => {
  it("is read again until it is whole; any other fault is told at once", async () => {
    const token = "pulumi:pulumi:readStackResourceOutputs";
    const { answers = {} } = world({ own: cluster }, false);
    let [asked, reason] = [0, "failed to load checkpoint: EOF"];
    const options = {
      answers: {
        ...answers,
        [token]: (inputs: unknown) => {
          if (asked++ % 3 < 2) throw new Error(reason);
          return answers[token]?.(inputs) ?? {};
        },
      },
    };
    const { resources } = await runProgram({}, options);
    assert.ok(resources.length > 100);
    assert.equal(asked, 6);
    [asked, reason] = [0, "no permission"];
    assert.match((await failProgram({}, options)).message, /no permission/);
    assert.equal(asked, 1);
  });
});

describe("an ensemble with an empty member", () => {
  /** Whether nodes may boot only after the object that keeps an empty one from voting is there. */
  async function markerIsFirst(given: World): Promise<boolean> {
    const run = await runProgram({}, world(given, false));
    const marker = one(run, "BucketObjectv2", "zookeeper-initialized");
    const group = one(run, "aws:autoscaling/group:Group", "zookeeper-1");
    const [before, after] = [comesAfter(run, group, marker), comesAfter(run, marker, group)];
    assert.notEqual(before, after);
    assert.equal(ofType(run, "Volume").length, 9);
    return before;
  }

  it("may elect a leader when all begin, also when the first update did not get through", async () => {
    assert.equal(await markerIsFirst({ wasWhole: false }), false);
    assert.equal(await markerIsFirst({ own: cluster, wasWhole: false }), false);
    // The engine keeps a failed update's outputs too, when they do not depend on what has failed.
    assert.equal(await markerIsFirst({ own: cluster, wasWhole: false }), false);
  });

  it("may not while a destroy is cut off: its volumes are marked", async () => {
    const own = named({ retained: "2026-01-02" }, "zookeeper-1", "zookeeper-3", ...brokers);
    assert.equal(await markerIsFirst({ own }), true);
  });

  it("may not when the others come back with their volumes, though the bucket is new", async () => {
    const two = ["zookeeper-1", "zookeeper-3", ...brokers];
    assert.equal(await markerIsFirst({ own: named({}, ...two), blocks: [] }), true);
    const others = named({ retained: "yes" }, ...two);
    assert.equal(await markerIsFirst({ others, wasWhole: false, blocks: [] }), true);
  });

  it("begins anew when all volumes have been given up", async () => {
    assert.equal(await markerIsFirst({ own: [], wasWhole: true, blocks: [] }), false);
  });
});
