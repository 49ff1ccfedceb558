#!/usr/bin/env bash
# Carried by the ops host's user data: fetches the tools that the artifact bucket's list names, and starts the services
# among them anew; one that is no longer among them is ended. "refresh-tools [SHA512]": only if the list has this
# checksum. Changes nothing unless all files are right.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/kafka-node/node.env
# sudo passes nothing on.
set -a
# shellcheck source=/dev/null
[[ ! -r /etc/environment ]] || . /etc/environment
set +a
readonly folder=/opt/kafka-ops list=SHA512SUMS
umask 022

get() {
  /etc/kafka-node/aws s3api get-object --bucket "$ARTIFACT_BUCKET" --key "ops/$1" "$2" >/dev/null
}

mkdir -p "$folder"
# The boot and a remote command may come at the same time.
exec 9<"$folder"
flock 9

draft=$(mktemp -d "$folder/.draft.XXXXXX")
trap 'rm -rf "$draft"' EXIT
cd "$draft"
get "$list" "$list"
if [[ -n ${1-} ]]; then
  sha512sum --check --quiet <<<"$1  $list"
fi
# A file's key holds its checksum: a newer one never takes the place of one that a list names.
while read -r sha512 file; do
  get "$sha512/$file" "$file"
done <"$list"
sha512sum --check --strict --quiet "$list"

# Modes as they are in there.
chmod 0644 -- *
tar -xf files.tar --no-same-owner
rm files.tar
shopt -s nullglob
units=" $(printf '%s ' *.service *.socket)"
# Each at once or not at all, as a gate might be reading it.
mv -f -- * "$folder/"
# By name, so that people find them.
for file in kafka-ops.js cluster.json; do
  ln -sfn "$folder/$file" "/home/ec2-user/$file"
done
for unit in "$folder"/*.service "$folder"/*.socket; do
  if [[ $units == *" ${unit##*/} "* ]]; then
    systemctl enable --quiet "$unit"
    # One with a socket starts when somebody asks there, and anew with it.
    [[ -e ${unit%.service}.socket ]] || systemctl restart "${unit##*/}"
  else
    systemctl disable --quiet --now "${unit##*/}"
    rm "$unit"
  fi
done
# The guardian works without: at a boot nothing waits for the monitoring, whatever becomes of it.
install_monitoring() {
  local home=/opt/kafka-node
  rm -rf "$home.new" && mkdir "$home.new" && tar -xf "$folder/monitoring.tar" -C "$home.new" --no-same-owner &&
    rm -rf "$home" && mv "$home.new" "$home" && "$home/ops/monitoring/install-monitoring"
}
if [[ -f $folder/monitoring.tar ]] && ! install_monitoring; then
  echo "refresh-tools: error: the monitoring is not installed (see above)" >&2
  [[ -z ${1-} ]]
fi
echo "the tools in $folder are those of the list $(sha512sum <"$folder/$list" | cut -c 1-12)"
