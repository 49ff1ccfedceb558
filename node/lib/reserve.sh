# shellcheck shell=bash
# Sourced after volume.sh: the reserve, a file that holds room back on a broker's data volume. It is given up when the
# volume is full, so that Kafka, which ends when it can't write, starts again and serves what it has.

# shellcheck disable=SC2154  # volume.sh
# In its place the user kafka may empty it and nobody but root remove it.
readonly reserve=$data_mount/.kafka-on-ec2-reserve
readonly mebibyte=1048576
# Below so much Kafka does not start: its index files alone want 10 MiB each. The guardian calls that a full disk too.
readonly least_bytes=$((64 * mebibyte))

# volume_bytes FIELD: a size of the data volume as df has it (size, avail).
volume_bytes() {
  df --block-size=1 --output="$1" "$data_mount" | tail -n 1 | tr -d ' '
}

# The bytes that are held back: a fiftieth of the volume, 128 MiB at least and 16 GiB at most, so that the guardian
# stops the writing long before they are used up.
reserve_bytes() {
  local bytes=$(($(volume_bytes size) / 50)) least=$((128 * mebibyte)) most=$((16384 * mebibyte))
  echo $((bytes < least ? least : bytes > most ? most : bytes))
}

# As root. Only where a tenth of the volume stays free: there writing goes on, and this must not stop it.
make_reserve() {
  local wanted has
  wanted=$(reserve_bytes)
  has=$(stat --format=%s "$reserve" 2>/dev/null || echo 0)
  if ((has >= wanted || $(volume_bytes avail) - (wanted - has) < $(volume_bytes size) / 10)); then return; fi
  if ! fallocate --length "$wanted" "$reserve"; then
    rm -f "$reserve"
    return
  fi
  chown "$NODE_ROLE" "$reserve"
  log "$((wanted / mebibyte)) MiB of $data_mount are held back until it is full"
}

# As the user of the service: gives the reserve up where half as much or less is free.
free_reserve() {
  if [[ -s $reserve ]] && (($(volume_bytes avail) < $(reserve_bytes) / 2)); then
    truncate --size=0 "$reserve"
    log "$data_mount IS FULL: its reserve is given up, $(free_space). Make room: raise brokerVolumeGiB"
  fi
}

# Waits until the service has room to start, however long that takes.
wait_for_room() {
  local next_line=0
  while (($(volume_bytes avail) < least_bytes)); do
    if ((SECONDS >= next_line)); then
      log "waiting, as $data_mount is full and its reserve is used up: raise brokerVolumeGiB"
      next_line=$((SECONDS + 10))
    fi
    sleep 1
  done
}
