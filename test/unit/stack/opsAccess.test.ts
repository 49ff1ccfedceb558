import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { opsAccess, sshFiles } from "../../../stack/opsAccess";

const outputs = { opsHost: "ssh ec2-user@198.51.100.10", sshHostKey: "ssh-ed25519 HOST", region: "us-east-1" };
const host = { target: "ec2-user@198.51.100.10", hostKey: "ssh-ed25519 HOST" };

describe("the way to the ops host", () => {
  const parameters = (name: string, region: string | undefined) => Promise.resolve(`key of ${name} in ${region}`);
  const none = () => Promise.reject(new Error("Parameter Store was asked"));

  it("takes the key from the parameter that the outputs name", async () => {
    const named = { ...outputs, sshPrivateKeyParameter: "/kafka/ops/operator-key" };
    const privateKey = "key of /kafka/ops/operator-key in us-east-1";
    assert.deepEqual(await opsAccess(named, "prod", parameters), { ...host, privateKey });
  });

  it("leaves the key to SSH where the operator brought one: no right to read parameters is needed", async () => {
    assert.deepEqual(await opsAccess(outputs, "prod", none), host);
  });

  it("says what to do for a stack of an earlier version, and for one that is not deployed", async () => {
    const earlier = { ...outputs, sshPrivateKey: "[secret]" };
    await assert.rejects(
      opsAccess(earlier, "prod", none),
      /earlier version.* `pulumi up` moves it into Parameter Store/,
    );
    await assert.rejects(opsAccess({}, "prod", none), /stack prod has no ops host in its outputs: it is not deployed/);
  });

  it("keeps the key in a file that nobody else may read, for as long as SSH needs it, and trusts one host key", () => {
    const umask = process.umask(0);
    try {
      const files = sshFiles({ ...host, privateKey: "KEY" });
      const { options, folder } = files;
      const keyFile = options[options.indexOf("-i") + 1] ?? "";
      assert.equal(statSync(folder).mode & 0o077, 0);
      assert.equal(statSync(keyFile).mode & 0o777, 0o600);
      // OpenSSH takes no key whose last line does not end.
      assert.equal(readFileSync(keyFile, "utf8"), "KEY\n");
      assert.equal(readFileSync(join(folder, "known_hosts"), "utf8"), "198.51.100.10 ssh-ed25519 HOST\n");
      for (const option of [
        `UserKnownHostsFile=${join(folder, "known_hosts")}`,
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
      ])
        assert.ok(options.includes(option), option);
      files.remove();
      assert.ok(!existsSync(folder));

      const own = sshFiles(host);
      assert.ok(!own.options.includes("-i") && !own.options.includes("IdentitiesOnly=yes"));
      assert.deepEqual(readdirSync(own.folder), ["known_hosts"]);
      own.remove();
    } finally {
      process.umask(umask);
    }
  });
});
