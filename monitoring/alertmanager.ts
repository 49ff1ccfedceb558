import { stringify } from "yaml";
import { monitoringPorts } from "../planning/cluster/names";
import { inhibitions } from "./inhibitions";

/** What Alertmanager's configuration depends on. */
export interface AlertmanagerSettings {
  readonly clusterName: string;
  readonly region: string;
  /** ARN of the topic that gets the alerts. */
  readonly topicArn: string;
}

/** SNS refuses a subject of 100 characters or more, one with others than ASCII's, and an attribute that is empty. */
const longestSubject = 99;

/** The whole alertmanager.yml of the ops host. */
export function alertmanagerConfig({ clusterName, region, topicArn }: AlertmanagerSettings): string {
  return stringify(
    {
      route: {
        receiver: "topic",
        group_by: ["alertname", "severity"],
        group_wait: "5s",
        group_interval: "1m",
        repeat_interval: "4h",
        routes: [
          // It fires always, for the heartbeat.
          { receiver: "nobody", matchers: ['alertname="Watchdog"'] },
          { matchers: ['severity="ticket"'], group_wait: "30s", group_interval: "10m", repeat_interval: "24h" },
        ],
      },
      inhibit_rules: inhibitions.map(({ while: sources, mute, equal }) => ({
        source_matchers: [oneOf(sources)],
        target_matchers: [oneOf(mute)],
        ...(equal && { equal }),
      })),
      receivers: [
        { name: "nobody" },
        {
          name: "topic",
          sns_configs: [
            {
              topic_arn: topicArn,
              sigv4: { region },
              subject: subjectOf(clusterName),
              message: messageOf(clusterName),
              // For the filters of subscriptions: pages to PagerDuty, tickets by e-mail.
              attributes: { cluster: clusterName, severity: either("severity"), status: "{{ .Status }}" },
            },
          ],
        },
      ],
    },
    { lineWidth: 0 },
  );
}

const oneOf = (names: readonly string[]) => `alertname=~"${names.join("|")}"`;

/** The value of a label that all alerts of a message share, in a template. */
function either(label: string): string {
  return `{{ with .CommonLabels.${label} }}{{ . }}{{ else }}none{{ end }}`;
}

/** `PAGE kafka-prod: BrokerDown kafka-3`, and `RESOLVED …` when it is over. */
function subjectOf(clusterName: string): string {
  const state = `(or (and (eq .Status "firing") (.CommonLabels.severity | toUpper)) (.Status | toUpper))`;
  const whole = `printf "%s ${clusterName}: %s %s" ${state} .GroupLabels.alertname .CommonLabels.node`;
  return `{{ printf "%.${longestSubject}s" (reReplaceAll "[^ -~]" "?" (${whole} | trimSpace)) }}`;
}

/** What is known of each alert, and where to look. */
function messageOf(clusterName: string): string {
  return [
    "{{ range .Alerts -}}",
    "{{ .Status | toUpper }}: {{ .Annotations.summary }}",
    "{{ with .Annotations.description }}{{ . }}",
    "{{ end -}}",
    'Since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC' +
      '{{ if eq .Status "resolved" }}, until {{ .EndsAt.UTC.Format "15:04:05" }} UTC{{ end }}.',
    "{{ with .Annotations.runbook }}What to do: {{ . }}",
    "{{ end }}",
    "{{ end -}}",
    `Cluster ${clusterName}. Alertmanager and silences: http://127.0.0.1:${monitoringPorts.alertmanager} by SSH tunnel.`,
    "",
  ].join("\n");
}
