#!/usr/bin/env bash
# Carried by the ops host's user data: installs Node.js, the key that opens the nodes and the host's own SSH key, both from
# SSM Parameter Store, and the tools; only then lets sshd answer. Safe to run again; runs at every boot.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/kafka-node/node.env

# Role credentials come a while after the boot.
readonly deadline_seconds=600

retry() {
  until "$@"; do
    if ((SECONDS >= deadline_seconds)); then
      echo "ops bootstrap: gave up after $SECONDS s: $* (last error above)" >&2
      return 1
    fi
    echo "ops bootstrap: waiting for: $*" >&2
    sleep 3
  done
}

parameter_to_file() {
  /etc/kafka-node/aws ssm get-parameter --name "$1" --with-decryption --query Parameter.Value --output text >"$2"
}

# Nobody else brings this host up: what could not be had is tried again later.
trap '(($? == 0)) || systemd-run --quiet --on-active=60 /etc/kafka-node/bootstrap' EXIT

mkdir -p /var/lib/cloud/scripts/per-boot
ln -sfn /etc/kafka-node/bootstrap /var/lib/cloud/scripts/per-boot/kafka-node

if ! command -v node >/dev/null; then
  retry dnf install -y nodejs20
fi

umask 077
retry parameter_to_file "$NODE_ACCESS_KEY_PARAMETER" /etc/kafka-node/node-access-key.new
chown ec2-user: /etc/kafka-node/node-access-key.new
mv /etc/kafka-node/node-access-key.new /etc/kafka-node/node-access-key

retry parameter_to_file "$OPS_HOST_KEY_PARAMETER" /etc/ssh/ssh_host_ops_key.new
mv /etc/ssh/ssh_host_ops_key.new /etc/ssh/ssh_host_ops_key
# sshd offers this key and no other, whatever the image brought along.
find /etc/ssh -name 'ssh_host_*' -not -name ssh_host_ops_key -delete
echo "HostKey /etc/ssh/ssh_host_ops_key" >/etc/ssh/sshd_config.d/10-kafka-on-ec2.conf

# Without the tools an operator can still look why.
tools=absent
retry /etc/kafka-node/refresh-tools && tools=here

# Until now sshd had no key and kept failing: systemd's limit for that must not stop this start.
restart_sshd() {
  # The unit is called sshd on Amazon Linux, ssh on Debian.
  systemctl reset-failed sshd.service ssh.service 2>/dev/null || true
  systemctl restart sshd.service 2>/dev/null || systemctl restart ssh.service
}
retry restart_sshd
[[ $tools == here ]]
