#!/usr/bin/env bash
# Carried by the ops host's user data: installs Node.js, the key that opens the nodes and the host's own SSH key, both
# from SSM Parameter Store, and the tools; only then lets sshd answer. Safe to run again; runs at every boot.
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

if ! command -v node-22 >/dev/null; then
  retry dnf install -y nodejs22
fi

umask 077
retry parameter_to_file "$NODE_ACCESS_KEY_PARAMETER" /etc/kafka-node/node-access-key.new
chown ec2-user: /etc/kafka-node/node-access-key.new
mv /etc/kafka-node/node-access-key.new /etc/kafka-node/node-access-key

readonly host_key=/etc/ssh/ssh_host_ops_key
retry parameter_to_file "$OPS_HOST_KEY_PARAMETER" "$host_key.new"
mv "$host_key.new" "$host_key"

# sshd offers every key that a HostKey line names, and reads drop-ins only where sshd_config includes them, as Amazon
# Linux 2023's need not (its issue 1016).
offer_only_host_key() {
  local offered
  find /etc/ssh -name 'ssh_host_*' -not -name "${host_key##*/}" -delete
  find /etc/ssh -path '/etc/ssh/sshd_config*' -type f \
    -exec sed -i -E '/^[[:space:]]*Host(Key|Certificate|KeyAgent)([[:space:]="]|$)/Id' {} +
  # At the top: further down it might belong to a Match.
  printf 'HostKey %s\n%s\n' "$host_key" "$(</etc/ssh/sshd_config)" >/etc/ssh/sshd_config.new
  mv /etc/ssh/sshd_config.new /etc/ssh/sshd_config
  # Debian's sshd refuses to run without.
  (umask 022 && mkdir -p /run/sshd)
  offered=$("$(command -v sshd)" -T) || return 1
  offered=$(grep -E '^host(key|certificate) ' <<<"$offered" || true)
  [[ $offered == "hostkey $host_key" ]] && return
  echo "ops bootstrap: error: sshd would offer '${offered//$'\n'/, }', and must offer $host_key alone:" \
    "look for HostKey in what /etc/ssh/sshd_config includes" >&2
  return 1
}
retry offer_only_host_key

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
