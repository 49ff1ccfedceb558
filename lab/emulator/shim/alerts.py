"""SNS, CloudWatch and EventBridge: moto's, with what moto lacks. Alarms are evaluated, rules are asked about what Auto
Scaling could not do, and the last messages of all topics are kept for who wants to see them.
"""

import json
import re
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.utils import get_service_model
from moto.events.models import EventPattern, events_backends
from moto.sns.models import Topic, sns_backends

from . import ACCOUNT_ID
from .policies import Question
from .world import log, now, world

SECONDS_BETWEEN_LOOKS = 5.0
MOST_MESSAGES = 1000
# as long as an alarm may look back
KEPT_METRICS = timedelta(days=1)

messages: deque[dict[str, Any]] = deque(maxlen=MOST_MESSAGES)


def keep_messages() -> None:
    """Each message of a topic is kept, with a number that only grows."""
    publish = Topic.publish

    def kept(self: Topic, message: str, subject: str | None = None, *args: Any, **more: Any) -> str:
        message_id = publish(self, message, subject, *args, **more)
        # moto keeps all of them for ever
        self.sent_notifications.clear()
        number = messages[-1]["number"] + 1 if messages else 1
        at = f"{now().isoformat(timespec='milliseconds')}Z"
        messages.append({"number": number, "at": at, "topicArn": self.arn, "subject": subject, "message": message})
        return message_id

    Topic.publish = kept  # type: ignore[method-assign]


def messages_after(number: int) -> list[dict[str, Any]]:
    return [message for message in messages if message["number"] > number]


def tell(topic_arn: str, subject: str | None, message: str) -> None:
    topic = sns_backends[ACCOUNT_ID][topic_arn.split(":")[3]].topics.get(topic_arn)
    if topic is None:
        log(f"nobody is told '{subject}': there is no topic {topic_arn}")
    else:
        topic.publish(message, subject=subject)


# CloudWatch


class MetricsApi(CloudWatchResponse):
    """Its requests come in three forms; moto finds out which."""


def metrics_call(environ: dict[str, Any], body: bytes) -> tuple[str, dict[str, Any]]:
    """The action and the parameters of a request to CloudWatch."""
    named = re.search(r"/operation/(\w+)$", environ["PATH_INFO"]) or re.search(
        r"\.(\w+)$", environ.get("HTTP_X_AMZ_TARGET", "")
    )
    request = Request(environ)
    action = named[1] if named else request.form.get("Action", "")
    service = get_service_model("cloudwatch")
    if action not in service.operation_names:
        return action, {}
    parser = PROTOCOL_PARSERS[determine_request_protocol(service, request.content_type)]
    given = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": {},
    }
    return action, parser(service.operation_model(action)).parse(given)


def cbor_error(code: str, message: str) -> bytes:
    """A map of two texts in CBOR (RFC 8949), the form in which newer clients speak with CloudWatch."""

    def text(value: str) -> bytes:
        content = value.encode()
        return b"\x79" + len(content).to_bytes(2, "big") + content

    return b"\xa2" + text("__type") + text(code) + text("message") + text(message)


def value_in(alarm: Alarm, start: datetime, end: datetime) -> float | None:
    """The sum of what was said in a period; None when nothing was."""
    dimensions = sorted((each.name, each.value) for each in alarm.dimensions)
    values = [
        datum.value
        for datum in cloudwatch_backends[ACCOUNT_ID][alarm.region_name].metric_data
        if datum.name == alarm.metric_name
        and datum.namespace == alarm.namespace
        and sorted((each.name, each.value) for each in datum.dimensions) == dimensions
        and start <= datum.timestamp.replace(tzinfo=None) < end
    ]
    return sum(values) if values else None


BREACHES = {
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
}


def state_of(alarm: Alarm, at: datetime) -> tuple[str, str]:
    """The state by the last whole periods, and the reason. Only for sums, with as many periods as are looked at."""
    period = timedelta(seconds=int(alarm.period))
    end = datetime.min + ((at - datetime.min) // period) * period
    count = int(alarm.evaluation_periods)
    values = [value_in(alarm, end - (each + 1) * period, end - each * period) for each in range(count)]
    breaching, known = BREACHES[alarm.comparison_operator], [value for value in values if value is not None]
    missing = alarm.treat_missing_data or "missing"
    if not known and missing in ("missing", "ignore"):
        return ("INSUFFICIENT_DATA" if missing == "missing" else alarm.state_value), "no data"
    by_value = [breaching(value, float(alarm.threshold)) for value in known]
    by_value += [missing == "breaching"] * (count - len(known))
    what = f"{len(known)} of the last {count} periods have data, {sum(by_value)} breach the threshold {alarm.threshold}"
    return ("ALARM" if all(by_value) else "OK"), what


def look_at(alarm: Alarm, at: datetime) -> None:
    if alarm.rule or alarm.metric_data_queries or alarm.statistic != "Sum":
        return
    # a new alarm has time for as many periods as it looks at
    age = at - alarm.configuration_updated_timestamp.replace(tzinfo=None)
    if age < timedelta(seconds=int(alarm.period) * int(alarm.evaluation_periods)):
        return
    state, reason = state_of(alarm, at)
    if state == alarm.state_value:
        return
    old, new_state = alarm.state_value, {"NewStateValue": state, "NewStateReason": reason}
    alarm.update_state(reason, "{}", state)
    log(f"alarm {alarm.name}: {old} -> {state} ({reason})")
    actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state, alarm.insufficient_data_actions)
    if not alarm.actions_enabled:
        return
    said = {"AlarmName": alarm.name, "AlarmDescription": alarm.description, "OldStateValue": old, **new_state}
    for action in actions or []:
        if action.split(":")[2] == "sns":
            tell(action, f'{state}: "{alarm.name}" in {alarm.region_name}'[:99], json.dumps(said))


def evaluate() -> None:
    at = now()
    for backend in list(cloudwatch_backends[ACCOUNT_ID].values()):
        backend.metric_data = [
            datum for datum in backend.metric_data if at - datum.timestamp.replace(tzinfo=None) < KEPT_METRICS
        ]
        for alarm in list(backend.alarms.values()):
            look_at(alarm, at)


# EventBridge


def group_failed(region: str, group: str, launching: bool, message: str) -> None:
    """Auto Scaling says on the default bus that a group could not do something; rules pass it on."""
    event = {
        "source": "aws.autoscaling",
        "detail-type": f"EC2 Instance {'Launch' if launching else 'Terminate'} Unsuccessful",
        "account": ACCOUNT_ID,
        "region": region,
        "time": f"{now().isoformat(timespec='seconds')}Z",
        "detail": {"AutoScalingGroupName": group, "StatusCode": "Failed", "StatusMessage": message},
    }
    for rule in list(events_backends[ACCOUNT_ID][region].event_buses["default"].rules.values()):
        pattern = rule.event_pattern
        if not pattern or not EventPattern(None, pattern.get_pattern()).matches_event(event):  # type: ignore[arg-type]
            continue
        for target in rule.targets:
            if target["Arn"].split(":")[2] == "sns":
                tell(target["Arn"], None, event_text(event, target.get("InputTransformer")))


def event_text(event: dict[str, Any], transformer: dict[str, Any] | None) -> str:
    if not transformer:
        return json.dumps(event)
    text = transformer["InputTemplate"]
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        value: Any = event
        for part in path.removeprefix("$.").split("."):
            value = value.get(part, {}) if isinstance(value, dict) else {}
        text = text.replace(f"<{name}>", json.dumps(value)[1:-1] if isinstance(value, str) else json.dumps(value))
    # a template that is a text in quotes becomes the text
    return json.loads(text) if text.startswith('"') else text


# what IAM asks


def sns_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    arn = next((params[key] for key in ("TopicArn", "ResourceArn", "SubscriptionArn") if params.get(key)), "*")
    if action == "CreateTopic":
        arn = f"arn:aws:sns:{region}:{ACCOUNT_ID}:{params.get('Name', '')}"
    return [(f"sns:{action}", "*" if action in ("ListTopics", "GetSubscriptionAttributes") else arn, {})]


def metrics_questions(action: str, region: str, params: dict[str, Any]) -> list[Question]:
    name, alarm = f"cloudwatch:{action}", f"arn:aws:cloudwatch:{region}:{ACCOUNT_ID}:alarm:"
    if action == "PutMetricData":
        return [(name, "*", {"cloudwatch:namespace": params.get("Namespace", "")})]
    if params.get("ResourceARN"):
        return [(name, params["ResourceARN"], {})]
    if action in ("PutMetricAlarm", "DeleteAlarms", "SetAlarmState"):
        names = params.get("AlarmNames") or [params.get("AlarmName", "")]
        return [(name, f"{alarm}{each}", {}) for each in names]
    return [(name, "*", {})]


def events_questions(action: str, region: str, params: dict[str, Any]) -> list[Question]:
    rule = params.get("Rule") or params.get("Name")
    arn = params.get("ResourceARN") or (f"arn:aws:events:{region}:{ACCOUNT_ID}:rule/{rule}" if rule else "*")
    return [(f"events:{action}", arn, {})]


def start_alarms() -> None:
    keep_messages()
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            with world.lock:
                try:
                    evaluate()
                except Exception as error:
                    log(f"alarms can't be evaluated: {error!r}")

    threading.Thread(target=run, name="alarms", daemon=True).start()
