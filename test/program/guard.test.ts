import assert from "node:assert/strict";
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { leavingBrokers, protectedParts, refusals } from "../../stack/guard";
import { PlannedSteps } from "../../stack/plannedSteps";
import { runProgram, type ProgramRun, type Registered } from "./runProgram";

const brokers = ["kafka-1", "kafka-2", "kafka-3", "kafka-4", "kafka-5"];
const members = ["zookeeper-1", "zookeeper-2", "zookeeper-3"];

/** What a preview tells of the program's own resources, if these steps were done to each. */
function told(resources: readonly Registered[], ...steps: readonly OpType[]): PlannedSteps {
  const planned = new PlannedSteps();
  for (const { urn, inputs, protect, retainOnDelete } of resources) {
    const old = { urn, type: "", id: "", parent: "", inputs, outputs: {}, provider: "", protect, retainOnDelete };
    for (const op of steps) {
      const metadata = { urn, op, type: "", provider: "", old, new: op.startsWith("delete") ? null : old };
      const event = { sequence: 0, timestamp: 0, resourcePreEvent: { metadata, planning: true } };
      planned.handle(event as unknown as EngineEvent);
    }
  }
  return planned;
}

/** A replacement is three steps to the engine, here in the order of `deleteBeforeReplace`. */
const replacement = ["delete-replaced", "replace", "create-replacement"] as const;

const ofType = ({ resources }: ProgramRun, type: string) => resources.filter((resource) => resource.type === type);

describe("the guard of an update, before what the program really makes", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram({ dataProtection: true });
  });

  it("knows every node of the program, and which of them are brokers", () => {
    const { all } = told(run.resources, "delete");
    assert.deepEqual(leavingBrokers(all), brokers);
    const refused = refusals(all, [], "prod").join("\n");
    assert.match(refused, new RegExp(`^${brokers.join(", ")} would be deleted for good`, "m"));
    for (const node of members) assert.match(refused, new RegExp(`^${node} would be deleted with its volume`, "m"));
  });

  it("refuses to replace each node's volume, interface and group, and no part of the ops host", () => {
    for (const [type, count] of [
      ["aws:ebs/volume:Volume", 8],
      ["aws:ec2/networkInterface:NetworkInterface", 8],
      ["aws:autoscaling/group:Group", 8],
      ["aws:s3/bucket:Bucket", 1],
      ["aws:route53/zone:Zone", 1],
    ] as const) {
      assert.equal(refusals(told(ofType(run, type), ...replacement).all, [], "prod").length, count, type);
    }
  });

  it("lifts the protection of the named broker's volume alone", () => {
    const lifted = protectedParts(told(run.resources, "delete").all, ["kafka-5"]);
    assert.deepEqual(
      lifted.map(({ node, urn }) => [node, urn.includes("aws:ebs/volume:Volume")]),
      [["kafka-5", true]],
    );
  });
});
