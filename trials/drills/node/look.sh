#!/usr/bin/env bash
# What a trial wants to know of this machine: look NAME=ADDRESS … (names that have to resolve). Prints lines of an
# assumption's id (trials/trial/assumptions.ts), a tab, and what is seen. Changes nothing.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/kafka-node/node.env
if [[ -r /etc/environment ]]; then
  set -a
  # shellcheck source=/dev/null
  . /etc/environment
  set +a
fi
export AWS_DEFAULT_REGION=$AWS_REGION AWS_METADATA_SERVICE_TIMEOUT=5 AWS_METADATA_SERVICE_NUM_ATTEMPTS=2
readonly metadata=http://169.254.169.254/latest

seen() {
  printf '%s\t%s\n' "$1" "$2"
}

# all_or LIST: "all", or what is missing.
all_or() {
  if [[ -z $1 ]]; then echo all; else echo "not: $1"; fi
}

# changed_settings FILE: those of a sysctl.conf that are not as it says.
changed_settings() {
  local key value now
  while IFS='= ' read -r key value; do
    if [[ $key == [a-z]* ]]; then
      now=$(<"/proc/sys/${key//.//}")
      [[ $now == "$value" ]] || printf '%s is %s ' "$key" "$now"
    fi
  done <"$1"
}

# Seconds since 1970.
if [[ -f /run/cloud-init/result.json ]]; then seen booted-at "$(stat --format=%Y /run/cloud-init/result.json)"; fi

if answer=$(cloud-init schema --system 2>&1); then
  seen cloud-config valid
else
  seen cloud-config "$(paste -sd ' ' <<<"$answer" | cut -c 1-300)"
fi

# Where all has just begun, what is done each minute may fail until what it needs has come up.
for ((wait_until = SECONDS + 70; ; )); do
  failed=$(systemctl --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\n' ' ')
  if [[ -z $failed ]] || ((SECONDS >= wait_until)); then break; fi
  sleep 2
done
seen failed-units "${failed:-none}"

programs=(aws awk cloud-init curl flock getent grep python3 sed sha512sum sudo systemd-run tar)
if [[ $NODE_ROLE == ops ]]; then
  programs+=(node-22 ssh)
  seen nodejs "$(node-22 --version)"
  sshd=$(command -v sshd || echo /usr/sbin/sshd)
  seen host-key-configured "$("$sshd" -T | awk '$1 == "hostkey" { print $2 }' | paste -sd ' ')"
else
  programs+=(blkid df fallocate findmnt java mkfs.xfs mountpoint ss useradd xfs_growfs)
  seen java "$(java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')"
  if [[ -b /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/} ]]; then
    seen device-name there
  else
    seen device-name "$(find /dev/disk/by-id -name 'nvme-*' 2>/dev/null | paste -sd ' ')"
  fi

  seen kernel-settings "$(all_or "$(changed_settings /etc/sysctl.d/90-kafka-node.conf)")"

  # Closed: what answers says so, whatever it answers.
  if curl --silent --output /dev/null --connect-timeout 3 --max-time 5 "https://sts.$AWS_REGION.amazonaws.com/"; then
    seen no-way-out "STS answers"
  else
    seen no-way-out "no answer"
  fi
  if command -v dnf >/dev/null; then
    if answer=$(timeout 120 dnf --quiet makecache --refresh 2>&1); then
      seen package-repositories reached
    else
      seen package-repositories "$(tail -n 1 <<<"$answer")"
    fi
  fi
fi
if [[ $NODE_ROLE == zookeeper ]]; then
  if answer=$(aws s3api list-objects-v2 --bucket "$ARTIFACT_BUCKET" --prefix "$INITIALIZED_MARKER_KEY" --max-keys 1 \
    --no-paginate 2>&1 >/dev/null); then
    seen marker-listed answers
  else
    seen marker-listed "$(paste -sd ' ' <<<"$answer")"
  fi
fi

missing=
for program in "${programs[@]}"; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+="$program "
done
seen programs "$(all_or "$missing")"

if command -v chronyc >/dev/null; then
  # Field 5: offset of the clock, seconds; the last: leap status.
  seen clock "$(chronyc -c tracking 2>&1 | awk -F , '
    { off = $5 < 0 ? -$5 : $5; if ($NF == "Normal" && off < 0.1) print "kept"; else print $NF ", " $5 " s off" }')"
fi

status() {
  curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$@" || true
}
token=$(curl --silent --fail --max-time 5 --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
  "$metadata/api/token" || true)
first=$(status "$metadata/meta-data/instance-id")
second=$(status --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")
if [[ $first == 401 && $second == 200 ]]; then
  seen metadata-service "version 2 only"
else
  seen metadata-service "version 1: $first, version 2: $second"
fi

endpoint=$EC2_ENDPOINT_URL
if [[ $(status --connect-timeout 3 "$endpoint/") == 000 ]]; then
  seen ec2-reachable "no answer from $endpoint"
else
  seen ec2-reachable answers
fi

wrong=
for pair in "$@"; do
  address=$(getent ahostsv4 "${pair%%=*}" | awk 'NR == 1 { print $1 }' || true)
  [[ $address == "${pair#*=}" ]] || wrong+="${pair%%=*} is ${address:-unknown} "
done
seen node-names "$(all_or "$wrong")"
