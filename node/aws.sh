#!/usr/bin/env bash
# Carried by the user data: the AWS CLI as all our programs on a machine call it. By itself it would wait 60 s for a
# connection, several times over; here a call without an answer ends within a minute, and its caller tries again or
# tells.
set -euo pipefail
# shellcheck source=/dev/null
. /etc/kafka-node/node.env
export AWS_DEFAULT_REGION=$AWS_REGION AWS_METADATA_SERVICE_TIMEOUT=5 AWS_METADATA_SERVICE_NUM_ATTEMPTS=3
export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=2
# The EC2 API by the cluster's endpoint, under its own name: the public one leads to the internet, or to another's
# endpoint.
if [[ ${1-} == ec2 && -n ${EC2_ENDPOINT_URL-} ]]; then
  set -- --endpoint-url "$EC2_ENDPOINT_URL" "$@"
fi
exec aws --cli-connect-timeout 5 --cli-read-timeout 20 "$@"
