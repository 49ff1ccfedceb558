#!/usr/bin/env bash
# The first of our programs on a node, carried by its user data: fetches the node archive and installs it.
# "bootstrap fetch KEY SHA512 FOLDER" fetches any archive of the artifact bucket in the same way. Safe to run again.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/kafka-node/node.env

# A new instance profile takes a while to reach the metadata service and S3, so every failure of the download is tried
# again until the deadline. A wrong checksum is not: the object of a given name never changes.
fetch() {
  local key=$1 sha512=$2 folder=$3 seconds=600
  local archive=$folder.tar deadline=$((SECONDS + seconds))
  if [[ -f $folder/.sha512 && $(<"$folder/.sha512") == "$sha512" ]]; then
    return
  fi
  until /etc/kafka-node/aws s3api get-object --bucket "$ARTIFACT_BUCKET" --key "$key" "$archive" >/dev/null; do
    if ((SECONDS >= deadline)); then
      echo "bootstrap: gave up after $seconds s: s3://$ARTIFACT_BUCKET/$key" \
        "(last error above; check the node's role and the S3 endpoint)" >&2
      return 1
    fi
    echo "bootstrap: waiting for s3://$ARTIFACT_BUCKET/$key" >&2
    sleep 3
  done
  if ! sha512sum --check --quiet <<<"$sha512  $archive"; then
    echo "bootstrap: s3://$ARTIFACT_BUCKET/$key is not the archive with SHA-512 $sha512;" \
      "upload it again with 'pulumi up'" >&2
    return 1
  fi
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  tar -xf "$archive" -C "$folder.new" --no-same-owner
  rm -f "$archive"
  # The checksum file says "complete", so all else has to be on the disk before it.
  sync -f "$folder.new"
  echo "$sha512" >"$folder.new/.sha512"
  rm -rf "$folder"
  mv "$folder.new" "$folder"
}

if [[ ${1-} == fetch ]]; then
  fetch "$2" "$3" "$4"
  exit
fi

# cloud-init runs user data once. A first boot that was cut off goes on at the next boot.
mkdir -p /var/lib/cloud/scripts/per-boot
ln -sfn /etc/kafka-node/bootstrap /var/lib/cloud/scripts/per-boot/kafka-node

fetch "$NODE_ARCHIVE_KEY" "$NODE_ARCHIVE_SHA512" /opt/kafka-node
exec /opt/kafka-node/bin/install-node
