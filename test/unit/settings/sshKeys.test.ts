import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "../../../settings/check";
import { SettingsError } from "../../../settings/faults";
import { sampleKeyPair } from "./sampleKeys";
import { sampleConfig, sampleContext } from "./sampleSettings";

function faults(sshPublicKey: string, sshPrivateKey: string, more: Record<string, unknown> = {}): string {
  try {
    parseSettings({ ...sampleConfig, sshPublicKey, sshPrivateKey, ...more }, sampleContext);
    return "";
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message;
  }
}

const hasKeygen = spawnSync("ssh-keygen", ["-?"]).error === undefined;

describe("SSH keys", () => {
  const folder = mkdtempSync(join(tmpdir(), "ssh-keys-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const made = (name: string, ...options: string[]) => {
    const file = join(folder, name);
    execFileSync("ssh-keygen", ["-q", "-f", file, ...options]);
    return [readFileSync(`${file}.pub`, "utf8"), readFileSync(file, "utf8")] as const;
  };

  for (const [what, ...options] of [
    ["ED25519", "-t", "ed25519", "-N", ""],
    ["RSA", "-t", "rsa", "-b", "2048", "-N", ""],
    ["RSA in PEM", "-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM"],
    ["RSA in PKCS8", "-t", "rsa", "-b", "2048", "-N", "", "-m", "PKCS8"],
  ] as const) {
    it(`of ${what} are taken, and no other pair's`, function () {
      if (!hasKeygen) return this.skip();
      const [publicKey, privateKey] = made(what.replaceAll(" ", "-"), ...options);
      assert.equal(faults(publicKey, privateKey), "");
      assert.equal(faults(publicKey, privateKey.replaceAll("\n", "\r\n")), "");
      const other = sampleKeyPair();
      const says = /^sshPrivateKey: \(hidden\) is of another pair than sshPublicKey; give both of one pair/;
      assert.match(faults(other.sshPublicKey, privateKey), says);
      assert.match(faults(publicKey, other.sshPrivateKey), says);
    });
  }

  it("with a passphrase are refused, in every format", function () {
    if (!hasKeygen) return this.skip();
    for (const [name, ...format] of [["new"], ["pem", "-m", "PEM"], ["pkcs8", "-m", "PKCS8"]] as const) {
      const [publicKey, privateKey] = made(`pass-${name}`, "-t", "rsa", "-b", "2048", "-N", "secret", ...format);
      assert.match(
        faults(publicKey, privateKey),
        /^sshPrivateKey: \(hidden\) has a passphrase; give a key without one/,
      );
    }
  });

  it("that AWS does not import are refused", function () {
    if (!hasKeygen) return this.skip();
    const [publicKey, privateKey] = made("ecdsa", "-t", "ecdsa", "-N", "");
    assert.match(faults(publicKey, privateKey), /^sshPublicKey: "ecdsa-.* is not an OpenSSH public key/m);
    assert.match(
      faults(publicKey, privateKey),
      /^sshPrivateKey: \(hidden\) has the type ecdsa-.*give an ED25519 or RSA/m,
    );
  });

  it("that were broken on their way are refused, with what happened, and are never shown", function () {
    if (!hasKeygen) return this.skip();
    const [publicKey, privateKey] = made("broken", "-t", "ed25519", "-N", "");
    const lines = privateKey.trim().split("\n");
    for (const [broken, says] of [
      [lines.join(" "), /has lost its line breaks; give the whole text/],
      [lines.join("\\n"), /has lost its line breaks; give the whole text/],
      [lines.slice(0, -1).join("\n"), /is cut off, its last line is missing/],
      [lines.toSpliced(2, 1).join("\n"), /is damaged, or a part of it is missing/],
      [[lines[0], "AAAA", lines.at(-1)].join("\n"), /is damaged, or a part of it is missing/],
      [publicKey, /is the public key; give the whole text of the key file/],
      ["~/.ssh/id_ed25519", /is not a private key in PEM; give the whole text/],
      ["PuTTY-User-Key-File-3: ssh-ed25519\n", /is PuTTY's own format; export it/],
    ] as const) {
      const message = faults(publicKey, broken);
      assert.match(message, says);
      for (const secret of lines.slice(1, -1)) assert.ok(!message.includes(secret.slice(0, 20)), message);
    }
    assert.match(
      faults(publicKey.slice(0, 60), privateKey),
      /^sshPublicKey: "ssh-ed25519 .*…" is cut off, or damaged/m,
    );
  });

  it("are shown nowhere, typed into another setting", () => {
    const { sshPrivateKey, sshPublicKey } = sampleKeyPair();
    for (const key of ["clusterName", "sshPublicKey", "brokerCount", "topics", "imageId", "brokerConfig"]) {
      const message = faults(sshPublicKey, sshPrivateKey, { [key]: sshPrivateKey });
      assert.ok(message !== "" && !message.includes("MC4CAQ"), message);
    }
  });
});
