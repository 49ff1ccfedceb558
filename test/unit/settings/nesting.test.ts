import assert from "node:assert/strict";
import { checkSettings } from "../../../settings/check";
import { argumentFault, argumentPath, flatten, nest } from "../../../settings/nesting";
import { defaults, schema, settingKeys } from "../../../settings/schema";
import { sampleContext } from "./sampleSettings";

describe("the arguments of a component", () => {
  it("are the flat settings, each at its place", () => {
    assert.equal(argumentPath("brokerCount"), "brokers.count");
    assert.equal(argumentPath("availabilityZones"), "network.zones");
    assert.equal(argumentPath("topics"), "topics");
    const places = settingKeys.map((key) => schema[key].place);
    assert.equal(new Set(places).size, settingKeys.length);
  });

  it("are flattened with their values as they are, and back again", () => {
    assert.deepEqual(flatten(nest(defaults)), defaults);
    const value = { later: true };
    assert.deepEqual(
      flatten({ brokers: { count: 3, instanceType: value }, network: undefined, dataProtection: false }),
      {
        brokerCount: 3,
        brokerInstanceType: value,
        dataProtection: false,
      },
    );
    assert.deepEqual(flatten({ brokers: { count: undefined } }), {});
  });

  it("that are none keep their path, so that the check names them", () => {
    const raw = flatten({ brokers: { cuont: 3 }, access: { sshCidrs: ["198.51.100.0/24"] }, kafka: 5 });
    assert.deepEqual(Object.keys(raw), ["brokers.cuont", "sshCidrs", "kafka"]);
    const { faults } = checkSettings(raw, sampleContext);
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["brokers.cuont", "kafka"],
    );
  });

  it("are what faults name, in path and message", () => {
    const raw = { sshCidrs: ["198.51.100.0/24"], brokerCount: 3, brokerConfig: ["x"] };
    assert.deepEqual(checkSettings(raw, sampleContext).faults.map(argumentFault), [
      { path: "brokers.config[0]", message: '"x" is not key=value; write e.g. "num.io.threads=16"' },
      {
        path: "brokers.replicationFactor",
        message: "4 is above brokers.count 3; each copy needs a broker of its own: give 3 or less, or more brokers",
      },
    ]);
    const message = "topicsOf brokerCounts kafka-on-ec2:sshPrivateKey x.brokerCount";
    assert.deepEqual(argumentFault({ path: "aws:region", message }), { path: "aws:region", message });
  });
});
