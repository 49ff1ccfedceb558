import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { UNKNOWN } from "../../../lab/plugins/aws/core/propertyValues";
import type { LocalProvider, LocalResource, Operation } from "../../../lab/plugins/common/localResource";
import { inputFaults } from "../../../lab/plugins/common/localService";
import { commandProvider } from "../../../lab/plugins/command/provider";
import { randomProvider } from "../../../lab/plugins/random/provider";
import { tlsProvider } from "../../../lab/plugins/tls/provider";

const lines: string[] = [];
const operation: Operation = { name: "x", signal: new AbortController().signal, log: (line) => lines.push(line) };

function typeIn(provider: LocalProvider, name: string): LocalResource {
  const type = provider.resources.find(({ token }) => token.endsWith(`:${name}`));
  assert.ok(type, name);
  return type;
}

const reasons = (type: LocalResource, inputs: Record<string, unknown>, secrets: string[] = []) =>
  inputFaults(type, inputs, new Set(secrets)).map(({ reason }) => reason);

describe("plugin stand-ins: inputs", () => {
  const command = typeIn(commandProvider, "Command");
  const connection = { host: "198.51.100.10", user: "ec2-user", privateKey: "key", hostKey: "ssh-ed25519 AAAA" };

  it("accept what the real provider accepts", () => {
    assert.deepEqual(reasons(command, { connection, create: "true", triggers: [1, { a: "b" }], logging: "none" }), []);
    assert.deepEqual(reasons(typeIn(randomProvider, "RandomId"), { byteLength: 4 }), []);
    assert.deepEqual(reasons(typeIn(tlsProvider, "PrivateKey"), { algorithm: "ED25519" }), []);
  });

  it("leave alone what is not known yet", () => {
    assert.deepEqual(reasons(command, { connection: { ...connection, host: UNKNOWN }, create: UNKNOWN }), []);
  });

  it("refuse an unknown name with the nearest known one, a wrong type and a missing value, all at once", () => {
    const faults = reasons(command, { creat: "true", triggers: "now", logging: "all" });
    assert.equal(faults.length, 4);
    assert.match(faults.join("\n"), /creat: no such property; did you mean "create"\?/);
    assert.match(faults.join("\n"), /connection: missing/);
    assert.match(faults.join("\n"), /triggers: .*array/);
    assert.match(faults.join("\n"), /logging: /);
  });

  it("refuse what they do not do instead of ignoring it", () => {
    assert.match(reasons(command, { connection, environment: { A: "b" } }).join(), /environment is not supported/);
    assert.match(
      reasons(command, { connection: { ...connection, password: "x" } }).join(),
      /password is not supported/,
    );
    assert.match(
      reasons(typeIn(tlsProvider, "PrivateKey"), { algorithm: "ECDSA" }).join(),
      /ED25519 and RSA keys only/,
    );
  });

  it("never hand a secret value to the engine's error", () => {
    const faults = inputFaults(command, { connection: { ...connection, port: "22" } }, new Set(["connection"]));
    assert.equal(faults.length, 1);
    assert.equal(faults[0]?.property, "");
    assert.match(faults[0]?.reason ?? "", /connection\.port/);
    assert.ok(!JSON.stringify(faults).includes("ec2-user"));
  });
});

describe("plugin stand-ins: keys and random values", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "setup-plugins-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const inputs of [{ algorithm: "ED25519" }, { algorithm: "RSA", rsaBits: 2048 }]) {
    it(`make ${inputs.algorithm} keys that OpenSSH reads, in every notation`, async () => {
      const { id, outputs } = await typeIn(tlsProvider, "PrivateKey").create(operation, inputs);
      const keys = outputs as Record<string, string>;
      assert.match(id, /^[0-9a-f]{40}$/);
      const publicKey = String(keys.publicKeyOpenssh).trim();
      for (const notation of ["privateKeyOpenssh", inputs.algorithm === "RSA" ? "privateKeyPem" : ""].filter(Boolean)) {
        const file = path.join(folder, notation);
        fs.writeFileSync(file, String(keys[notation]), { mode: 0o600 });
        assert.equal(execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim(), publicKey, notation);
      }
      fs.writeFileSync(path.join(folder, "key.pub"), `${publicKey}\n`);
      const shown = execFileSync("ssh-keygen", ["-l", "-f", path.join(folder, "key.pub")], { encoding: "utf8" });
      assert.ok(shown.includes(String(keys.publicKeyFingerprintSha256)));
    });
  }

  it("give a random id in all notations, with the prefix", async () => {
    const type = typeIn(randomProvider, "RandomId");
    const { id, outputs } = await type.create(operation, { byteLength: 4, prefix: "kafka-" });
    const bytes = Buffer.from(String(outputs.hex).slice("kafka-".length), "hex");
    assert.equal(bytes.length, 4);
    assert.equal(id, bytes.toString("base64url"));
    assert.equal(outputs.dec, `kafka-${bytes.readUInt32BE()}`);
    assert.ok(type.replaces("byteLength", {}));
  });

  it("make random texts of the kinds asked for", async () => {
    const type = typeIn(randomProvider, "RandomString");
    const { outputs } = await type.create(operation, { length: 40, special: false, upper: false, minNumeric: 3 });
    assert.match(String(outputs.result), /^[a-z0-9]{40}$/);
    assert.ok((String(outputs.result).match(/[0-9]/g) ?? []).length >= 3);
  });
});

describe("plugin stand-ins: remote commands", () => {
  const command = typeIn(commandProvider, "Command");

  it("replace on changed triggers, unless there is an update command", () => {
    assert.ok(command.replaces("triggers", {}));
    assert.ok(!command.replaces("triggers", { update: "true" }));
    assert.ok(!command.replaces("create", {}));
  });

  it("dial as often as allowed and then say why there is no connection", async () => {
    lines.length = 0;
    // Nothing listens on port 1.
    const connection = { host: "127.0.0.1", port: 1, dialErrorLimit: 2, perDialTimeout: 5 };
    await assert.rejects(
      command.create(operation, { connection, create: "true" }),
      /no SSH connection to 127\.0\.0\.1:1 after 3 dials: .*refused/i,
    );
    assert.equal(lines.filter((line) => /^Dial \d\/3 failed/.test(line)).length, 2);
  });

  it("leave no key file behind", async () => {
    const keys = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("pulumi-command-"));
    const before = keys();
    const connection = { host: "127.0.0.1", port: 1, dialErrorLimit: 0, privateKey: "secret" };
    await assert.rejects(command.create(operation, { connection, create: "true" }), /1 dials/);
    assert.deepEqual(keys(), before);
  });
});
