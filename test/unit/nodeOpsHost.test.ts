import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** Parameter Store with the two keys; answers only from the third call on. sshd is a command that tells its configuration. */
const world = `
mkdir -p /etc/ssh/sshd_config.d /var/lib/cloud; rm -f "$SANDBOX/calls"
ssh-keygen -q -t ed25519 -N "" -C host -f "$SANDBOX/host"; ssh-keygen -q -t ed25519 -N "" -C access -f "$SANDBOX/access"
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
(($(wc -l <"$SANDBOX/calls") > 2)) || { echo "Unable to locate credentials" >&2; exit 253; }
[[ "$*" == *"--with-decryption"* ]] || exit 252
case $* in */ops/host-key*) cat "$SANDBOX/host" ;; */ops/node-key*) cat "$SANDBOX/access" ;; *) exit 254 ;; esac
END
stub systemctl <<'END'
# As systemd does when sshd has failed too often while it had no key.
[[ $* == "reset-failed sshd.service ssh.service" ]] && touch "$SANDBOX/reset" && exit 1
[[ $* == "restart ssh.service" && -f "$SANDBOX/reset" ]] || exit 5
cat /etc/ssh/sshd_config.d/*.conf >"$SANDBOX/sshd"
END
stub node <<<true
sed -i 's/sleep 3/sleep 0.1/' /opt/kafka-node/ops/bootstrap.sh
`;

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
      bash /opt/kafka-node/ops/bootstrap.sh; bash /opt/kafka-node/ops/bootstrap.sh
      [[ $(echo /etc/ssh/ssh_host_*) == /etc/ssh/ssh_host_ops_key ]]
      [[ $(cat "$SANDBOX/sshd") == "HostKey /etc/ssh/ssh_host_ops_key" ]]
      cmp /etc/ssh/ssh_host_ops_key "$SANDBOX/host"; cmp /etc/kafka-node/node-access-key "$SANDBOX/access"
      stat -c '%U %a' /etc/ssh/ssh_host_ops_key /etc/kafka-node/node-access-key`);
    assert.equal(status, 0, output);
    assert.match(output, /waiting for: .*\/sandbox\/ops\/node-key/);
    assert.match(output, /^root 600\nec2-user 600$/m);
  });

  it("does not start sshd without the keys", () => {
    const { status, output } = sandbox.run(`${world}
      stub aws <<<'echo AccessDeniedException >&2; exit 254'
      sed -i s/deadline_seconds=600/deadline_seconds=1/ /opt/kafka-node/ops/bootstrap.sh
      trap 'ls "$SANDBOX"' EXIT; bash /opt/kafka-node/ops/bootstrap.sh`);
    assert.equal(status, 1);
    assert.match(output, /gave up after \d+ s: parameter_to_file \/sandbox\/ops\/node-key/);
    assert.doesNotMatch(output, /^sshd$/m);
  });
});
