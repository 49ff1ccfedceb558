import { checkedText, flag, list, once, pattern, shown, wholeNumber } from "../fields";
import { gp3 } from "../volumes";
import { setting } from "./setting";

/** An address that SNS takes for e-mail. */
const emailAddress = pattern(
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/,
  "an e-mail address such as kafka-on-call@example.com",
);

/** Settings about who is told when something is wrong, and what is kept for looking back. */
export const monitoringSettings = {
  monitoringEnabled: setting({
    place: "monitoring.enabled",
    type: "boolean",
    default: true,
    description:
      "Whether Prometheus and Alertmanager run on the ops host, and alerts are sent. false: nobody is told anything.",
    plain: true,
    rule: flag(),
  }),
  alertTopicArn: setting({
    place: "monitoring.alertTopicArn",
    type: "text",
    default: "",
    description:
      "ARN of an SNS topic of yours, in this region, that gets the alerts; its policy and, if it is encrypted, its " +
      "key must let CloudWatch and EventBridge publish. Empty = the program makes the topic <clusterName>-alerts.",
    example: "arn:aws:sns:us-east-1:123456789012:on-call",
    rule: pattern(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
      "the ARN of an SNS topic such as arn:aws:sns:us-east-1:123456789012:on-call (a FIFO topic takes no alerts)",
      "a topic that the program makes",
    ),
  }),
  alertEmails: setting({
    place: "monitoring.alertEmails",
    type: "list",
    default: [],
    description:
      "E-mail addresses that are subscribed to the topic that the program makes. AWS sends each a message to " +
      "confirm, and no alert before that. Slack, PagerDuty and others subscribe to the topic by themselves.",
    example: ["kafka-on-call@example.com"],
    plain: true,
    rule: list(emailAddress, '["kafka-on-call@example.com"]').superRefine(once("address")),
  }),
  metricsRemoteWriteUrl: setting({
    place: "monitoring.remoteWriteUrl",
    type: "text",
    default: "",
    description:
      "HTTPS URL to which all metrics are sent on by Prometheus' remote write, for a Prometheus, Mimir or Thanos of " +
      "yours, without a password; an Amazon workspace (aps-workspaces) is written to by the ops host's role. " +
      "Empty = none.",
    example: "https://metrics.example.com/api/v1/write",
    rule: checkedText((url) => (url === "" ? undefined : urlProblem(url))),
  }),
  monitoringVolumeGiB: setting({
    place: "monitoring.volumeGiB",
    type: "integer",
    unit: "GiB",
    default: 10,
    description:
      `The volume that keeps 32 days of metrics and survives the ops host; $${gp3.usdPerGiB} a GiB and month in ` +
      "us-east-1. When it is nearly full the oldest go first. It can only grow.",
    rule: wholeNumber({
      min: 4,
      max: 1000,
      below: "Prometheus' log and the metrics of some days take 4 GiB or more",
      above: "32 days of the largest cluster's metrics take a fraction of that",
    }),
  }),
};

function urlProblem(text: string): string | undefined {
  const remedy = "give e.g. https://metrics.example.com/api/v1/write";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:") return `${shown(text)} is not an https URL; ${remedy}`;
  if (url.username !== "" || url.password !== "")
    return `the URL holds a user or a password, which everybody could read here; ${remedy}`;
  return url.port === "" || url.port === "443"
    ? undefined
    : `${shown(text)} has the port ${url.port}, and the ops host reaches no other than 443; ${remedy}`;
}
