import assert from "node:assert/strict";
import { outputsOfParameters } from "../../planning/cluster/clientParameters";
import { readClientOutputs, readOutputs, type BrokerOutput } from "../../planning/cluster/outputs";
import { comesAfter, ofType, one, runProgram, type ProgramRun } from "./runProgram";

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

  it("are in Parameter Store too, once the topics are there, and may be read by who has the policy", () => {
    const path = "/kafka-on-ec2/kafka-test/";
    const ours = ofType(run, "Parameter").filter(({ inputs }) => String(inputs.name).startsWith(path));
    const values = ours.map(({ inputs }) => [String(inputs.name).slice(path.length), inputs.insecureValue] as const);
    const { bootstrapServers, topics, clientSecurityGroupId, clientProperties } = run.outputs;
    const brokers = (run.outputs.brokers as BrokerOutput[]).map(({ id, zone }) => ({ id, zone }));
    const wanted = { bootstrapServers, brokers, topics, clientSecurityGroupId, clientProperties };
    assert.deepEqual(
      readClientOutputs(outputsOfParameters(Object.fromEntries(values))),
      JSON.parse(JSON.stringify(wanted)),
    );
    const topicsCommand = one(run, "Command", "topics");
    for (const parameter of ours) assert.ok(comesAfter(run, parameter, topicsCommand), parameter.name);
    assert.equal(run.outputs.clientSettingsPath, "/kafka-on-ec2/kafka-test");
    const [policy, ...others] = ofType(run, "aws:iam/policy:Policy");
    assert.deepEqual(others, []);
    assert.equal(policy?.inputs.name, "kafka-test-us-east-1-read-client-settings");
    const arn = "arn:aws:ssm:us-east-1:123456789012:parameter/kafka-on-ec2/kafka-test";
    const text = String(policy?.inputs.policy);
    assert.deepEqual(text.match(/arn:[^"]+/g), [arn, `${arn}/*`]);
    assert.deepEqual(text.match(/ssm:\w+(?=")/g), ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]);
  });

  it("many topics take several parameters", async () => {
    const topics = Array.from({ length: 90 }, (_, index) => ({
      name: `topic-${index}`,
      partitions: 1,
      retentionHours: 24,
    }));
    const { resources } = await runProgram({ topics, allowOverload: true });
    const names = resources.map(({ inputs }) => String(inputs.name)).filter((name) => name.includes("/topics/"));
    assert.deepEqual(names.sort(), ["/kafka-on-ec2/kafka-test/topics/1", "/kafka-on-ec2/kafka-test/topics/2"]);
  });

  it("a preview of a new stack shows what does not depend on AWS's answers", async () => {
    const preview = await runProgram({}, { preview: true });
    assert.match(preview.outputs.bootstrapServers as string, /^kafka-1\.kafka\.internal:9092,/);
    assert.equal(preview.outputs.plan.replicationFactor, 4);
    assert.equal(preview.resources.filter(({ type }) => type.endsWith(":Group")).length, 9);
  });
});
