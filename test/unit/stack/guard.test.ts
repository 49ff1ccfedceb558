import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { leavingBrokers, parseRemove, protectedParts, refusals } from "../../../stack/guard";
import { PlannedSteps } from "../../../stack/plannedSteps";
import { nodeTags } from "../../../planning/cluster/tags";
import {
  begins,
  ends,
  face,
  going,
  group,
  nodeUrn,
  numbered,
  partUrn,
  replaced,
  stackUrn,
  staying,
  template,
  urnOf,
  volume,
} from "./plannedEvents";

const bucketUrn = urnOf("kafka-on-ec2:index:ArtifactStore$aws:s3/bucket:Bucket", "bucket");

function gathered(...events: EngineEvent[]): PlannedSteps {
  const planned = new PlannedSteps();
  events.forEach((event) => planned.handle(event));
  return planned;
}

const refusedBy = (events: EngineEvent[], named: string[] = []) => refusals(gathered(...events).all, named, "prod");

const five = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
const both = ["kafka-6", "kafka-7"];

describe("the guard of an update", () => {
  it("lets through what changes or adds nodes in place", () => {
    const events = [
      ...staying(...five),
      begins(partUrn(volume, "kafka-1"), "update", { diffs: ["size"] }),
      begins(partUrn(template, "kafka-1"), "update"),
      begins(partUrn(group, "kafka-1"), "update"),
      ...[nodeUrn("kafka-6"), partUrn(volume, "kafka-6"), partUrn(group, "kafka-6")].map((urn) =>
        begins(urn, "create"),
      ),
      ...replaced(urnOf("kafka-on-ec2:index:Rollout$command:remote:Command", "kafka-roll"), "triggers"),
      ...replaced(partUrn(template, "kafka-2"), "name"),
    ];
    assert.deepEqual(refusedBy(events), []);
  });

  it("lets the ops host be replaced, which keeps nothing", () => {
    const ops = (type: string) => urnOf(`kafka-on-ec2:index:OpsHost$${type}`, "ops");
    assert.deepEqual(refusedBy([...replaced(ops(group), "launchTemplate"), ...replaced(ops(face), "subnetId")]), []);
  });

  it("refuses to replace a node's volume, address or group, the bucket and the names, and says why", () => {
    const zone = urnOf("kafka-on-ec2:index:Network$aws:route53/zone:Zone", "dns");
    const refused = refusedBy([
      ...staying(...five),
      ...replaced(partUrn(volume, "kafka-3"), "availabilityZone"),
      ...replaced(partUrn(face, "kafka-3"), "subnetId", "privateIps"),
      ...replaced(partUrn(group, "kafka-4")),
      ...replaced(bucketUrn, "bucket"),
      ...replaced(zone, "name"),
    ]);
    assert.equal(refused.length, 5);
    assert.equal(
      refused[0],
      "ebs.Volume kafka-3 would be replaced by a change of availabilityZone: all that is on it would be lost to " +
        "the cluster; no update does that: take back the change that causes it",
    );
    assert.match(
      refused[1] ?? "",
      /^ec2\.NetworkInterface kafka-3 would be replaced by a change of subnetId, privateIps:/,
    );
    assert.match(refused[2] ?? "", /^autoscaling\.Group kafka-4 would be replaced: .*without a controlled shutdown/);
    assert.match(refused[3] ?? "", /^s3\.Bucket bucket would be replaced by a change of bucket:/);
    assert.match(refused[4] ?? "", /^route53\.Zone dns would be replaced/);
  });

  it("refuses to replace a volume even of a node that is named", () => {
    const events = [...staying(...five), ...replaced(partUrn(volume, "kafka-5"), "encrypted")];
    assert.match(refusedBy(events, ["kafka-5"]).join("\n"), /ebs\.Volume kafka-5 would be replaced/);
  });

  it("lets the volume and the group of the node be replaced that is to get an empty volume, and nothing else", () => {
    const emptying = [...replaced(partUrn(volume, "kafka-3")), ...replaced(partUrn(group, "kafka-3"))];
    const by = (events: EngineEvent[], node: string) => refusals(gathered(...events).all, [], "prod", node);
    assert.deepEqual(by([...staying(...five), ...emptying], "kafka-3"), []);
    assert.equal(by([...staying(...five), ...emptying], "kafka-4").length, 2);
    assert.equal(refusedBy([...staying(...five), ...emptying]).length, 2);
    const more = [...emptying, ...replaced(partUrn(face, "kafka-3")), ...replaced(partUrn(volume, "kafka-4"))];
    const refused = by([...staying(...five), ...more], "kafka-3").join("\n");
    assert.match(refused, /^ec2\.NetworkInterface kafka-3 would be replaced/m);
    assert.match(refused, /^ebs\.Volume kafka-4 would be replaced/m);
    const gone = begins(partUrn(volume, "kafka-3"), "delete");
    assert.equal(by([...staying(...five), gone], "kafka-3").length, 1);
  });

  it("lets be made anew what an update that was cut off has already deleted", () => {
    const anew = [volume, group].map((type) => begins(partUrn(type, "kafka-3"), "create-replacement"));
    assert.deepEqual(refusedBy([...staying(...five), ...anew]), []);
  });

  it("refuses to delete the volume of a node that stays, and whatever is protected", () => {
    const events = [
      ...staying(...five),
      begins(partUrn(volume, "kafka-2"), "delete"),
      begins(urnOf("aws:ec2/vpc:Vpc", "vpc"), "delete", {}, { protect: true }),
    ];
    const refused = refusedBy(events, ["kafka-5"]).join("\n");
    assert.match(refused, /^ebs\.Volume kafka-2 would be deleted: all that is on it would be lost/m);
    assert.match(refused, /^ec2\.Vpc vpc would be deleted: it is protected/m);
  });

  it("refuses brokers fewer than before unless they are named, and gives the command", () => {
    for (const options of [{}, { protect: true, retainOnDelete: true }]) {
      assert.deepEqual(refusedBy([...staying(...five), ...going(options, ...both)]), [
        "kafka-6, kafka-7 would be deleted for good: if that is meant, `npm run deploy -- --stack prod --remove " +
          "kafka-7,kafka-6` does it, after their copies of partitions have been moved to the brokers that stay; if " +
          "not, set brokerCount back to 7",
      ]);
    }
  });

  it("lets the named brokers go, protected or not, and no other", () => {
    for (const options of [{}, { protect: true, retainOnDelete: true }]) {
      const events = [...staying(...five), ...going(options, ...both)];
      assert.deepEqual(refusedBy(events, ["kafka-7", "kafka-6"]), []);
      const refused = refusedBy(events, ["kafka-7"]).join("\n");
      assert.match(refused, /^kafka-6 would be deleted .* --remove kafka-7,kafka-6`.* back to 7$/);
    }
  });

  it("lets a removal that was cut off be given once more", () => {
    assert.deepEqual(refusedBy(staying(...five), ["kafka-7", "kafka-6"]), []);
    const rest = begins(partUrn(volume, "kafka-6"), "delete");
    assert.deepEqual(refusedBy([...staying(...five), rest], ["kafka-7", "kafka-6"]), []);
  });

  it("refuses a name that the settings still include", () => {
    assert.deepEqual(refusedBy(staying(...five), ["kafka-5"]), [
      "--remove kafka-5: it would stay, as brokerCount includes it; set brokerCount to 4 or less, or don't name it",
    ]);
  });

  it("refuses to take a ZooKeeper node away", () => {
    const refused = refusedBy([...staying("zookeeper-1"), ...going({}, "zookeeper-2")]);
    assert.deepEqual(refused, [
      "zookeeper-2 would be deleted with its volume: the members of a ZooKeeper ensemble are fixed; set " +
        "zookeeperCount back",
    ]);
    assert.throws(
      () => parseRemove("zookeeper-2"),
      /--remove zookeeper-2: the members of a ZooKeeper ensemble are fixed/,
    );
  });

  it("knows which brokers leave", () => {
    const { all } = gathered(...staying(...five), ...going({}, "kafka-10", "kafka-9"), ...going({}, "zookeeper-3"));
    assert.deepEqual(leavingBrokers(all), ["kafka-9", "kafka-10"]);
  });

  it("lifts the protection of exactly what the named nodes have", () => {
    const { all } = gathered(
      ...staying("kafka-1"),
      ...going({ protect: true, retainOnDelete: true }, ...both),
      begins(partUrn(volume, "kafka-1"), "update", {}, { protect: true }),
    );
    const lifted = protectedParts(all, ["kafka-7"]);
    assert.deepEqual(
      lifted.map(({ urn, id, retained }) => [urn, id, retained]),
      [[partUrn(volume, "kafka-7"), "vol-1", true]],
    );
    assert.deepEqual(protectedParts(all, []), []);
  });

  it("reads the names as they are typed", () => {
    assert.deepEqual(parseRemove("kafka-7, kafka-6"), ["kafka-7", "kafka-6"]);
    for (const text of ["", "kafka", "7", "kafka-0", "kafka-7,"]) assert.throws(() => parseRemove(text), /--remove/);
  });

  it("knows a node's parts by their tags, also when the new ones can't be known yet", () => {
    const old = { type: "", urn: "", id: "vol-1", parent: "", inputs: { tags: nodeTags("kafka-test", "kafka-3") } };
    const renamed = urnOf(`events:index:Node$${volume}`, "events-3");
    const unknown = { ...old, inputs: { tags: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } };
    const { all } = gathered(begins(renamed, "update", { old, new: unknown }));
    assert.equal(all[0]?.node, "kafka-3");
  });
});

describe("an update with nothing to do", () => {
  const unchanged = [...staying("kafka-1"), ends(stackUrn, "same"), ends(partUrn(volume, "kafka-1"), "same")];

  it("is one that changes neither a resource nor what Pulumi has on record", () => {
    assert.equal(gathered(...unchanged).nothingToDo, true);
    const state = { type: "", urn: "", id: "", parent: "", inputs: {}, outputs: {}, provider: "" };
    const custom = { ...state, custom: true };
    const changes: Record<string, EngineEvent> = {
      resource: begins(partUrn(template, "kafka-1"), "update"),
      output: ends(stackUrn, "same", { old: state, new: { ...state, outputs: { topics: [] } } }),
      protection: ends(partUrn(volume, "kafka-1"), "same", { old: { ...custom, protect: true }, new: custom }),
      retention: ends(partUrn(volume, "kafka-1"), "same", { old: custom, new: { ...custom, retainOnDelete: true } }),
    };
    for (const [what, event] of Object.entries(changes)) {
      assert.equal(gathered(...unchanged, event).nothingToDo, false, what);
    }
  });
});

describe("Pulumi's account of what would change", () => {
  const events = numbered(...staying("kafka-1"), begins(partUrn(volume, "kafka-1"), "delete"));

  it("is whole when no event is missing, be it the last one", () => {
    assert.equal(gathered(...events).complete, true);
    events.forEach((_, lost) => assert.equal(gathered(...events.toSpliced(lost, 1)).complete, false));
    assert.equal(gathered().complete, false);
  });

  it("is not whole after an event that can't be read", () => {
    const planned = new PlannedSteps();
    for (const event of numbered(...staying("kafka-1"), { sequence: 0, timestamp: 0, resourcePreEvent: {} as never })) {
      try {
        planned.handle(event);
      } catch {
        // As the Automation API does.
      }
    }
    assert.equal(planned.complete, false);
  });
});
