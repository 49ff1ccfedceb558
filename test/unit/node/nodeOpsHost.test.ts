import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/**
 * Parameter Store with the two keys, and the bucket with the tools and their list; they answer only from the third call
 * on. sshd is a command that reads its configuration as the real one does, systemd one that tells what it is asked.
 */
const world = String.raw`
rm -rf /etc/ssh; mkdir -p /etc/ssh/sshd_config.d /var/lib/cloud "$SANDBOX/bucket/ops"; rm -f "$SANDBOX/calls"
mount -t tmpfs home /home; mkdir /home/ec2-user
ssh-keygen -q -t ed25519 -N "" -C host -f "$SANDBOX/host"; ssh-keygen -q -t ed25519 -N "" -C access -f "$SANDBOX/access"
# upload BUNDLE: another bundle, and a list that names it, and units, among them what stands in "more"
upload() {
  local list=$SANDBOX/bucket/ops/SHA512SUMS file sha512 tools=$SANDBOX/tools
  rm -rf "$tools"; mkdir -p "$tools/files"; : >"$list"
  for file in kafka-guardian.service ${"$"}{more-}; do echo "$file" >"$tools/files/$file"; done
  echo '#!/bin/sh' >"$tools/files/program"; chmod 0755 "$tools/files/program"
  tar -cf "$tools/files.tar" -C "$tools/files" .
  echo "$1" >"$tools/kafka-ops.js"; echo cluster.json >"$tools/cluster.json"
  for file in kafka-ops.js cluster.json files.tar; do
    sha512=$(sha512sum <"$tools/$file" | cut -d ' ' -f 1)
    mkdir -p "$SANDBOX/bucket/ops/$sha512"
    cp "$tools/$file" "$SANDBOX/bucket/ops/$sha512/$file"
    echo "$sha512  $file" >>"$list"
  done
  sha512=$(sha512sum <"$list" | cut -d ' ' -f 1)
  echo "$sha512"
}
upload first >/dev/null
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
(($(wc -l <"$SANDBOX/calls") > 2)) || { echo "Unable to locate credentials" >&2; exit 253; }
case $* in
  "ssm get-parameter --name /sandbox/ops/host-key --with-decryption "*) cat "$SANDBOX/host" ;;
  "ssm get-parameter --name /sandbox/ops/node-key --with-decryption "*) cat "$SANDBOX/access" ;;
  "s3api get-object --bucket the-bucket --key "*) cp "$SANDBOX/bucket/$6" "$7" && echo '{"ETag": "x"}' ;;
  *) exit 252 ;;
esac
END
# As Amazon Linux has it: without Include.
printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'HostKeyAlgorithms ssh-ed25519' 'Match User git' 'AllowTcpForwarding no' >/etc/ssh/sshd_config
stub sshd <<'END'
read_config() {
  local key value
  while read -r key value; do
    case ${"$"}{key,,} in
      include) for file in $value; do if [[ -e $file ]]; then read_config "$file"; fi; done ;;
      hostkey) echo "hostkey $value" ;;
      match) return ;;
    esac
  done < <(tr = ' ' <"$1")
}
[[ $* == -T && -d /run/sshd ]] || exit 1
keys=$(read_config /etc/ssh/sshd_config)
if [[ -z $keys ]]; then keys=$(printf 'hostkey /etc/ssh/ssh_host_%s_key\n' rsa ecdsa ed25519); fi
while read -r _ file; do if [[ -e $file ]]; then found=yes; fi; done <<<"$keys"
[[ -v found ]] || { echo "sshd: no hostkeys available -- exiting." >&2; exit 1; }
echo "port 22"; echo "hostkeyagent none"; echo "hostkeyalgorithms ssh-ed25519"; echo "$keys"
END
stub systemctl <<'END'
echo "systemctl $*" >>"$SANDBOX/systemd"
case $* in
  # As systemd does when sshd has failed too often while it had no key.
  "reset-failed sshd.service ssh.service") touch "$SANDBOX/reset"; exit 1 ;;
  "restart ssh.service") [[ -f "$SANDBOX/reset" ]] && sshd -T | grep '^hostkey ' >"$SANDBOX/sshd" ;;
  "enable --quiet /opt/kafka-ops/"*.service | "restart kafka-"*.service | "disable --quiet --now other.service") ;;
  "enable --quiet /opt/kafka-ops/"*.socket | "restart other.service" | "restart other.socket") ;;
  *) exit 5 ;;
esac
END
stub systemd-run <<<'echo "later: $*"'
stub node-22 <<<true
cp /opt/kafka-node/ops/refresh-tools.sh /etc/kafka-node/refresh-tools
sed -i 's/sleep 3/sleep 0.1/' /opt/kafka-node/ops/bootstrap.sh
boot() { bash /opt/kafka-node/ops/bootstrap.sh; }
`;

const giveUpSoon = "sed -i s/deadline_seconds=600/deadline_seconds=3/ /opt/kafka-node/ops/bootstrap.sh\n";

describe("the ops host's first program", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({
      NODE_ROLE: "ops",
      OPS_HOST_KEY_PARAMETER: "/sandbox/ops/host-key",
      NODE_ACCESS_KEY_PARAMETER: "/sandbox/ops/node-key",
    });
  });
  afterEach(() => sandbox.remove());

  it("gives sshd the one expected host key, and ec2-user the key for the nodes", () => {
    const { status, output } = sandbox.run(`${world}
      # Another host key, as an image or sshd's own unit may bring it, must never be offered.
      ssh-keygen -q -t rsa -N "" -f /etc/ssh/ssh_host_rsa_key
      boot; boot
      [[ $(echo /etc/ssh/ssh_host_*) == /etc/ssh/ssh_host_ops_key ]]
      [[ $(cat "$SANDBOX/sshd") == "hostkey /etc/ssh/ssh_host_ops_key" ]]
      [[ $(tail -n 3 /etc/ssh/sshd_config) == $'HostKeyAlgorithms ssh-ed25519\\nMatch User git\\nAllowTcpForwarding no' ]]
      cmp /etc/ssh/ssh_host_ops_key "$SANDBOX/host"; cmp /etc/kafka-node/node-access-key "$SANDBOX/access"
      stat -c '%U %a' /etc/ssh/ssh_host_ops_key /etc/kafka-node/node-access-key`);
    assert.equal(status, 0, output);
    assert.match(output, /waiting for: .*\/sandbox\/ops\/node-key/);
    assert.match(output, /^root 600\nec2-user 600$/m);
    assert.doesNotMatch(output, /later/);
  });

  for (const [image, config] of [
    ["includes drop-ins with keys of their own", "Include /etc/ssh/sshd_config.d/*.conf"],
    ["names no key", "Port 22"],
    ["names keys in other ways", "  hostkey=/etc/ssh/keys/other"],
  ] as const) {
    it(`has sshd offer no other key when the image's configuration ${image}`, () => {
      const { status, output } = sandbox.run(`${world}
        echo "${config}" >/etc/ssh/sshd_config; mkdir /etc/ssh/keys; touch /etc/ssh/keys/other
        echo "HostKey /etc/ssh/keys/other" >/etc/ssh/sshd_config.d/50-image.conf
        boot; cat "$SANDBOX/sshd"`);
      assert.equal(status, 0, output);
      assert.match(output, /^hostkey \/etc\/ssh\/ssh_host_ops_key\n$/m);
      assert.doesNotMatch(output, /^hostkey .*other/m);
    });
  }

  it("says so, and starts no sshd, while sshd would offer a key from a place that it can't reach", () => {
    const { status, output } = sandbox.run(`${world} ${giveUpSoon}
      echo "Include /opt/image/*.conf" >/etc/ssh/sshd_config; mkdir /opt/image; touch /opt/image/key
      echo "HostKey /opt/image/key" >/opt/image/keys.conf
      trap 'ls "$SANDBOX"' EXIT; boot`);
    assert.equal(status, 1);
    assert.match(
      output,
      /error: sshd would offer 'hostkey \/etc\/ssh\/ssh_host_ops_key, hostkey \/opt\/image\/key', and must offer \/etc\/ssh\/ssh_host_ops_key alone/,
    );
    assert.doesNotMatch(output, /^sshd$/m);
    assert.match(output, /^later: /m);
  });

  it("does not start sshd without the keys, and tries again later", () => {
    const { status, output } = sandbox.run(`${world} ${giveUpSoon}
      stub aws <<<'echo AccessDeniedException >&2; exit 254'
      trap 'ls "$SANDBOX"' EXIT; boot`);
    assert.equal(status, 1);
    assert.match(output, /gave up after \d+ s: parameter_to_file \/sandbox\/ops\/node-key/);
    assert.doesNotMatch(output, /^sshd$/m);
    assert.match(output, /^later: .*--on-active=60 \/etc\/kafka-node\/bootstrap$/m);
  });

  it("fetches the tools, for everybody to read, and starts the guardian; SSH answers only after that", () => {
    const { status, output } = sandbox.run(`${world} boot
      [[ $(ls -A /opt/kafka-ops | tr '\\n' ' ') == "SHA512SUMS cluster.json kafka-guardian.service kafka-ops.js program " ]]
      cat /opt/kafka-ops/kafka-ops.js /home/ec2-user/kafka-ops.js /home/ec2-user/cluster.json
      stat -c %a /opt/kafka-ops /opt/kafka-ops/kafka-ops.js /opt/kafka-ops/program; cat "$SANDBOX/systemd"`);
    assert.equal(status, 0, output);
    assert.match(output, /^first\nfirst\ncluster\.json\n755\n644\n755$/m);
    assert.match(
      output,
      /enable .*kafka-guardian.service\n.*restart kafka-guardian.service\n[\s\S]*restart ssh.service/,
    );
  });

  it("lets an operator in when there are no tools, and tries again later", () => {
    const { status, output } = sandbox.run(`${world} ${giveUpSoon}
      rm "$SANDBOX/bucket/ops/SHA512SUMS"; trap 'cat "$SANDBOX/sshd"' EXIT; boot`);
    assert.equal(status, 1);
    assert.match(output, /gave up after \d+ s: \/etc\/kafka-node\/refresh-tools[\s\S]*^later: [\s\S]*^hostkey /m);
  });
});

describe("refreshing the tools", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({ NODE_ROLE: "ops" });
  });
  afterEach(() => sandbox.remove());

  const refresh = `${world} echo x >"$SANDBOX/calls"; echo x >>"$SANDBOX/calls"
    refresh() { bash /etc/kafka-node/refresh-tools "$@"; }
    refresh; rm "$SANDBOX/systemd"\n`;

  it("takes the new ones, and starts the guardian anew", () => {
    const { status, output } = sandbox.run(`${refresh}
      sha512=$(upload second); refresh "$sha512"; cat /opt/kafka-ops/kafka-ops.js "$SANDBOX/systemd"; ls -A /opt/kafka-ops`);
    assert.equal(status, 0, output);
    assert.match(output, /^second\nsystemctl enable .*\nsystemctl restart kafka-guardian.service\nSHA512SUMS$/m);
    assert.doesNotMatch(output, /draft/);
  });

  it("starts every service among them, and ends one that is no longer among them", () => {
    const { status, output } = sandbox.run(`${refresh}
      more=other.service upload second >/dev/null; refresh; upload third >/dev/null; refresh
      cat "$SANDBOX/systemd"; ls -A /opt/kafka-ops`);
    assert.equal(status, 0, output);
    const guardian = "systemctl enable .*guardian.service\\nsystemctl restart kafka-guardian.service\\n";
    const [begun, ended] = ["enable --quiet .*other.service\\nsystemctl restart", "disable --quiet --now"].map(
      (words) => `systemctl ${words} other.service\\n`,
    );
    assert.match(
      output,
      new RegExp(`^${guardian}${begun}${guardian}${ended}SHA512SUMS\\n(kafka\\S*\\n|cluster\\S*\\n|program\\n)*$`, "m"),
    );
  });

  it("leaves a service that has a socket to whoever asks there, and starts the socket anew", () => {
    const { status, output } = sandbox.run(`${refresh}
      more="other.service other.socket"; upload second >/dev/null; refresh; cat "$SANDBOX/systemd"`);
    assert.equal(status, 0, output);
    const others = [...output.matchAll(/^systemctl (.*other.*)$/gm)].map(([, words]) => words);
    assert.deepEqual(others, [
      "enable --quiet /opt/kafka-ops/other.service",
      "enable --quiet /opt/kafka-ops/other.socket",
      "restart other.socket",
    ]);
  });

  /** The archive of the monitoring, with a program that installs it and says so. */
  const monitoring = (installs: string) => `
    mkdir -p "$SANDBOX/monitoring/ops/monitoring"
    printf '#!/bin/sh\\n${installs}\\n' >"$SANDBOX/monitoring/ops/monitoring/install-monitoring"
    chmod +x "$SANDBOX/monitoring/ops/monitoring/install-monitoring"
    tar -cf /opt/kafka-ops/monitoring.tar -C "$SANDBOX/monitoring" .\n`;

  it("installs the monitoring after the guardian has been started", () => {
    const { status, output } = sandbox.run(`${refresh} ${monitoring('cat "$SANDBOX/systemd"; echo installed')}
      refresh; ls /opt/kafka-node`);
    assert.equal(status, 0, output);
    assert.match(output, /^systemctl restart kafka-guardian.service\ninstalled$/m);
    assert.match(output, /^ops$/m);
  });

  it("says that the monitoring can't be installed, and lets a boot go on", () => {
    const { status, output } = sandbox.run(`${refresh} ${monitoring("exit 3")}
      refresh && echo goes on; refresh "$(upload third)" || echo refused`);
    assert.equal(status, 0, output);
    assert.match(output, /refresh-tools: error: the monitoring is not installed/);
    assert.match(output, /^goes on$[\s\S]*^refused$/m);
  });

  for (const [fault, scenario, message] of [
    [
      "the list is not the one that is asked for",
      'upload second; refresh "$(sha512sum <<<other | cut -c 1-128)"',
      /SHA512SUMS: FAILED/,
    ],
    [
      "a file is not what the list says",
      'upload second; echo x | tee "$SANDBOX"/bucket/ops/*/kafka-ops.js; refresh',
      /kafka-ops.js: FAILED/,
    ],
    ["a file is not there", 'upload second; rm "$SANDBOX"/bucket/ops/*/cluster.json; refresh', /cannot stat/],
  ] as const) {
    it(`changes nothing when ${fault}`, () => {
      const { status, output } = sandbox.run(`${refresh}
        trap 'cat /opt/kafka-ops/kafka-ops.js; ls -A /opt/kafka-ops "$SANDBOX"' EXIT; ${scenario}`);
      assert.equal(status, 1, output);
      assert.match(output, message);
      assert.match(output, /^first$/m);
      assert.doesNotMatch(output, /draft|^systemd$/m);
    });
  }
});
