#!/bin/bash
# Runs one job on a temporary client host: fetches what it needs, runs the bundle under a deadline, keeps putting its
# log where the operator reads it, puts the result there at the end, and switches the host off, which terminates it. Run
# by cloud-init. /opt/job/job.url is where the job's description is, with all other addresses in it.
set -uo pipefail

folder=/opt/job
log=$folder/job.log

fetch() {
  curl --fail --silent --show-error --connect-timeout 5 --max-time 120 --retry 5 --retry-all-errors --output "$1" "$2"
}

# Before it is here there is nowhere to put a log: what goes wrong is on the console.
if ! fetch "$folder/job.env" "$(<"$folder/job.url")"; then
  echo "client host: the job's description can't be fetched" >&2
  systemctl poweroff
  exit 1
fi
exec >>"$log" 2>&1

# shellcheck source=/dev/null
source "$folder/job.env"

put() {
  curl --fail --silent --show-error --connect-timeout 5 --max-time 30 --upload-file "$1" "$2"
}

follow_log() {
  local size=0 now
  while sleep 1; do
    now=$(stat --format=%s "$log")
    if [[ $now != "$size" ]]; then put "$log" "$LOG_URL" >/dev/null 2>&1 && size=$now; fi
  done
}

finish() {
  local code=$?
  kill "$follower" 2>/dev/null
  put "$log" "$LOG_URL" || true
  {
    printf '{"exitCode":%d,"result":' "$code"
    if [[ -s $folder/result.json ]]; then cat "$folder/result.json"; else printf null; fi
    printf '}\n'
  } >"$folder/outcome.json"
  # Without an outcome the operator waits until time is up: try for a while.
  for _ in 1 2 3 4 5; do
    put "$folder/outcome.json" "$OUTCOME_URL" && break
    sleep 2
  done
  systemctl poweroff
}

follow_log &
follower=$!
trap finish EXIT

# Packages as command=package; Amazon Linux keeps them in S3, so no internet is needed.
for need in $NEEDS; do
  if command -v "${need%%=*}" >/dev/null; then continue; fi
  echo "installing ${need#*=}"
  dnf install --assumeyes --quiet "${need#*=}" || exit 1
done

echo "fetching the job"
fetch "$folder/bundle.js" "$BUNDLE_URL" || exit 1
fetch "$folder/parameters.json" "$PARAMETERS_URL" || exit 1
if [[ -n $ARCHIVE_URL ]]; then
  mkdir -p "$folder/archive"
  fetch "$folder/archive.tar" "$ARCHIVE_URL" || exit 1
  tar --extract --file "$folder/archive.tar" --directory "$folder/archive" || exit 1
  rm "$folder/archive.tar"
fi

export CONTROL_URL PARAMETERS_FILE=$folder/parameters.json RESULT_FILE=$folder/result.json
timeout --kill-after=10 "$DEADLINE_SECONDS" node-22 "$folder/bundle.js"
