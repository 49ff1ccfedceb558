# shellcheck shell=bash
# Sourced after common.sh: where the data volume is and what shows that it belongs to this node.

# Amazon Linux and the lab make this name from the volume's id, whichever /dev/nvme… the volume has become.
# shellcheck disable=SC2034  # read by the programs
readonly data_device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/}
# The user whose data are on it. On the ops host that is Prometheus.
data_owner=$NODE_ROLE
[[ $NODE_ROLE != ops ]] || data_owner=prometheus
readonly data_owner
readonly data_mount=/var/lib/$data_owner
readonly stamp_name=.kafka-on-ec2-volume

# The lines of a stamp that tell whose volume it is.
owner_lines() {
  printf 'cluster=%s\nnode=%s\n' "$CLUSTER_NAME" "$NODE_NAME"
}

# stamp_in FOLDER: prints those lines of the stamp in the folder; nothing when there is none.
stamp_in() {
  if [[ -f $1/$stamp_name ]]; then
    grep -E '^(cluster|node)=' "$1/$stamp_name" || true
  fi
}

# The last gate before a service starts: its own volume is mounted. Never start on the root disk's empty folder.
require_data_volume() {
  mountpoint --quiet "$data_mount" ||
    die "$data_mount is not mounted: see 'journalctl -u attach-data-volume -u mount-data-volume'"
  [[ $(stamp_in "$data_mount") == "$(owner_lines)" ]] ||
    die "the volume on $data_mount is not stamped for $CLUSTER_NAME/$NODE_NAME: $(stamp_in "$data_mount" | tr '\n' ' ')"
}

free_space() {
  df -h --output=size,avail "$data_mount" | tail -n 1 | (read -r size free && echo "$size, $free of it free")
}

# The first line says what keeps this node from being well that a new machine would not change. It counts while it is
# fresh: whoever writes it does so again at each start that fails.
# shellcheck disable=SC2034  # read by the programs
readonly trouble=/var/log/$NODE_ROLE/needs-a-person

# needs_a_person TEXT...: says so in the journal, to the guardian and to whoever asks for the node's state.
needs_a_person() {
  log "$*"
  if ! mkdir -p "${trouble%/*}" || ! printf '%s\n' "$*" >"$trouble"; then
    log "could not write $trouble"
  fi
}

# What gives a node an empty volume, where everything that was on its own is in sync on others, or on the ops host.
# shellcheck disable=SC2034  # read by the programs
replace_volume="npm run deploy -- --stack STACK --replace-volume $NODE_NAME"
[[ $NODE_ROLE != ops ]] || replace_volume="set monitoringEnabled to false, deploy, and set it back"
readonly replace_volume

# The name, by the time, of what is set aside now.
set_aside_name() {
  date -u +set-aside-%Y%m%dT%H%M%SZ
}

# set_aside_in FOLDER: prints what has been set aside there, oldest first.
set_aside_in() {
  find "$1" -mindepth 1 -maxdepth 1 -name 'set-aside-*' | sort
}

# set_aside FOLDER NAME...: keeps these of its files and folders, which could not be read, under a name with the time.
# What was set aside before goes, but for the latest: a disk that fails again and again must not be filled by it.
set_aside() {
  local folder=$1 kept
  shift
  kept=$folder/$(set_aside_name)
  set_aside_in "$folder" | head -n -1 | while read -r old; do rm -rf "$old"; done
  mkdir -p "$kept"
  mv -t "$kept" "${@/#/$folder/}"
  sync --file-system "$kept"
  log "kept in $kept: $*"
}
