import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { sampleKeyPair } from "./sampleKeys";
import { readSettings } from "../../../settings/pulumiConfig";

describe("the running stack's configuration", () => {
  const { sshPublicKey: key, sshPrivateKey: pem } = sampleKeyPair();
  const config = {
    "aws:region": "us-east-1",
    "kafka-on-ec2:sshCidrs": '["198.51.100.7/32"]',
    "kafka-on-ec2:sshPublicKey": key,
    "kafka-on-ec2:sshPrivateKey": pem,
  };

  before(async () => {
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }) },
      "kafka-on-ec2",
      "test",
    );
  });
  after(() => pulumi.runtime.setAllConfig({}));

  it("is read with its secrets", () => {
    pulumi.runtime.setAllConfig(config, ["kafka-on-ec2:sshPrivateKey"]);
    const settings = readSettings();
    assert.equal(settings.access.sshPrivateKey, pem.trim());
    assert.equal(settings.clusterName, "kafka-test");
  });

  it("names a key that nobody reads, as its namespace is misspelt", () => {
    pulumi.runtime.setAllConfig({ ...config, "kafka-on-ec:brokerCount": "7" }, ["kafka-on-ec2:sshPrivateKey"]);
    assert.throws(
      readSettings,
      /^SettingsError: kafka-on-ec:brokerCount: unknown namespace kafka-on-ec; did you mean kafka-on-ec2\?$/,
    );
  });

  it("refuses a private key that is not a secret, together with all other faults", () => {
    pulumi.runtime.setAllConfig({ ...config, "kafka-on-ec2:brokerCount": "2" });
    assert.throws(
      readSettings,
      /^SettingsError: brokerCount: 2 is below 3.*\nsshPrivateKey: \(hidden\) is kept as plain text/,
    );
  });
});
