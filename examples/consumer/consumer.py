"""Counts the events of `user-activity` by type, as consumer.ts does, with the outputs' settings for librdkafka."""

import json
import os
import signal
import sys
import time
import urllib.request
from collections import Counter

from confluent_kafka import Consumer, KafkaException

TOPIC = os.environ.get("TOPIC", "user-activity")
GROUP = os.environ.get("GROUP", "event-counter")
REPORT_EVERY_SECONDS = 5


def stack_outputs():
    """`pulumi stack output --json`, from the variable STACK_OUTPUTS or from a file."""
    text = os.environ.get("STACK_OUTPUTS")
    if text is not None:
        return json.loads(text)
    with open(os.environ.get("STACK_OUTPUTS_FILE", "outputs.json"), encoding="utf-8") as file:
        return json.load(file)


def zone_of_this_machine():
    """The zone of this EC2 instance: the variable ZONE, or what the instance metadata say; None elsewhere (zone.ts)."""
    if "ZONE" in os.environ:
        return os.environ["ZONE"]
    service = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254")
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path, method, headers):
        request = urllib.request.Request(f"{service}/latest/{path}", method=method, headers=headers)
        with without_proxy.open(request, timeout=1) as answer:
            return answer.read().decode()

    try:
        token = ask("api/token", "PUT", {"x-aws-ec2-metadata-token-ttl-seconds": "60"})
        return ask("meta-data/placement/availability-zone", "GET", {"x-aws-ec2-metadata-token": token})
    except OSError:
        return None


def require_topic(client, topic):
    """Ends at once when the topic does not exist, and names those that do; librdkafka would say so by each poll."""
    there = sorted(name for name in client.list_topics(timeout=30).topics if not name.startswith("__"))
    if topic not in there:
        sys.exit(f"no topic {topic} in the cluster, which has: {', '.join(there) or 'none'}")


def event_type(value):
    """One event that can't be read must not stop all that come after it."""
    try:
        return str(json.loads(value)["type"])
    except (TypeError, ValueError, KeyError):
        return "unreadable"


def main():
    settings = stack_outputs()["clientProperties"]["librdkafka"]["consumer"]
    # The copy in the same zone is read where there is one, which costs no traffic between zones.
    zone = zone_of_this_machine()
    rack = {} if zone is None else {"client.rack": zone}
    consumer = Consumer({**settings, **rack, "group.id": GROUP})
    require_topic(consumer, TOPIC)
    consumer.subscribe([TOPIC])
    ending = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: ending.append(number))
    counts = Counter()

    def report():
        by_type = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        print(f"{sum(counts.values())} events: {by_type or 'none yet'}", flush=True)

    reported = time.monotonic()
    while not ending:
        messages = consumer.consume(1000, timeout=0.5)
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            counts[event_type(message.value())] += 1
        # After the work, so an event is counted at least once: make the real work repeatable.
        if messages:
            consumer.commit(asynchronous=False)
        if time.monotonic() - reported >= REPORT_EVERY_SECONDS:
            report()
            reported = time.monotonic()
    # Leaving in good order hands the partitions to the others at once.
    consumer.close()
    report()


main()
