#!/bin/sh
# Starts the stand-in for a provider plugin: launch.sh <name> [arguments of Pulumi].
set -eu

name=$1
shift
plugins=$(dirname "$(dirname "$(readlink -f "$0")")")
clone=$(dirname "$(dirname "$plugins")")

# One bundle for each state of the sources; the lock file stands for the packages in it.
sources=$(cd "$clone" && find lab/plugins/common lab/plugins/aws/core "lab/plugins/$name" -type f | LC_ALL=C sort -u)
# shellcheck disable=SC2086 # no name among the sources has a space
key=$(cd "$clone" && sha256sum package-lock.json $sources | sha256sum | cut -c 1-16)
bundle="${XDG_CACHE_HOME:-$HOME/.cache}/kafka-on-ec2/plugins/$name-$key/plugin.js"

if [ ! -f "$bundle" ]; then
  node "$plugins/common/build.mjs" "$plugins/$name/main.ts" "$bundle" >&2
fi
exec node "$plugins/common/start.mjs" "$bundle" "$@"
