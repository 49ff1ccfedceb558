import assert from "node:assert/strict";
import { readOutputs, type BrokerOutput } from "../../planning/cluster/outputs";
import { runProgram, type ProgramRun } from "./runProgram";

describe("outputs", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram({ brokerCount: 11 });
  });

  it("bootstrapServers names every broker, in the order of the ids, by names that never change", () => {
    const expected = Array.from({ length: 11 }, (_, index) => `kafka-${index + 1}.kafka.internal:9092`);
    assert.equal(run.outputs.bootstrapServers, expected.join(","));
    assert.deepEqual(
      (run.outputs.brokers as BrokerOutput[]).map(({ id, address }) => `${id} ${address}`),
      expected.map((address, index) => `${index + 1} ${address}`),
    );
    assert.equal(
      run.outputs.zookeeperConnect,
      "zookeeper-1.kafka.internal:2181,zookeeper-2.kafka.internal:2181,zookeeper-3.kafka.internal:2181",
    );
  });

  it("are what consumer applications and scripts read", () => {
    const outputs = readOutputs(JSON.parse(JSON.stringify(run.outputs)));
    assert.equal(outputs.clientSecurityGroupId, "client-id");
    assert.equal(outputs.opsHost, "ssh ec2-user@198.51.100.10");
    assert.deepEqual(outputs.nodeSubnetIds, ["nodes-us-east-1a-id", "nodes-us-east-1b-id", "nodes-us-east-1c-id"]);
  });

  it("a preview of a new stack shows what does not depend on AWS's answers", async () => {
    const preview = await runProgram({}, { preview: true });
    assert.match(preview.outputs.bootstrapServers as string, /^kafka-1\.kafka\.internal:9092,/);
    assert.equal(preview.outputs.plan.replicationFactor, 4);
    assert.equal(preview.resources.filter(({ type }) => type.endsWith(":Group")).length, 9);
  });
});
