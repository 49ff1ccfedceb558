import { rule, type Rule } from "./rule";

/** Rules about who gets the alerts. */
export const monitoringRules: readonly Rule[] = [
  rule(["alertTopicArn", "region"], (arn, region) => {
    const [, , , there] = arn.split(":");
    return arn === "" || there === region
      ? undefined
      : {
          path: "alertTopicArn",
          message:
            `${arn} is a topic of ${there}, and CloudWatch alarms reach only those of their own region, ${region}; ` +
            "give one of that region, or leave it empty",
        };
  }),
  rule(["alertTopicArn", "alertEmails"], (arn, emails) =>
    arn === "" || emails.length === 0
      ? undefined
      : {
          path: "alertEmails",
          message: `given together with alertTopicArn, whose subscriptions are yours; give one of the two`,
        },
  ),
  rule(
    ["monitoringEnabled", "alertTopicArn", "alertEmails", "metricsRemoteWriteUrl"],
    (isEnabled, alertTopicArn, alertEmails, metricsRemoteWriteUrl) =>
      Object.entries({ alertTopicArn, alertEmails, metricsRemoteWriteUrl }).flatMap(([path, value]) =>
        isEnabled || value.length === 0
          ? []
          : [{ path, message: "given, but monitoringEnabled is false, so nothing is sent; take one of the two out" }],
      ),
  ),
];
