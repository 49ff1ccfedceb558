import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { flag, integer, oneOf, shortText, text, textList } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { taggingBy, tagList, tagsFrom } from "../core/tags";
import { cloudWatch } from "./client";

const properties = {
  name: optional(shortText(255, 1), { computed: true, replaces: true }),
  alarmDescription: optional(shortText(1024)),
  namespace: required(shortText(255, 1)),
  metricName: required(shortText(255, 1)),
  dimensions: optional(z.record(text, text)),
  statistic: required(oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
  period: required(integer(10, 86_400)),
  evaluationPeriods: required(integer(1, 1440)),
  threshold: required(z.number()),
  comparisonOperator: required(
    oneOf("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"),
  ),
  treatMissingData: defaulted(oneOf("breaching", "notBreaching", "ignore", "missing"), "missing"),
  actionsEnabled: defaulted(flag, true),
  alarmActions: optional(textList, { compare: "set" }),
  okActions: optional(textList, { compare: "set" }),
} as const;

async function put(context: Context, inputs: InputsOf<typeof properties>): Promise<void> {
  await cloudWatch(context).send(
    new PutMetricAlarmCommand({
      AlarmName: inputs.name,
      AlarmDescription: inputs.alarmDescription,
      Namespace: inputs.namespace,
      MetricName: inputs.metricName,
      Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      Statistic: inputs.statistic,
      Period: inputs.period,
      EvaluationPeriods: inputs.evaluationPeriods,
      Threshold: inputs.threshold,
      ComparisonOperator: inputs.comparisonOperator,
      TreatMissingData: inputs.treatMissingData,
      ActionsEnabled: inputs.actionsEnabled,
      AlarmActions: inputs.alarmActions,
      OKActions: inputs.okActions,
    }),
  );
}

const alarmArn = (context: Context, id: string) => arnOf(context, "cloudwatch", `alarm:${id}`);

export const metricAlarm = resourceType({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  properties: {
    ...properties,
    ...unsupportedAll("datapointsToAlarm", "extendedStatistic", "insufficientDataActions", "metricQueries", "unit"),
  },
  outputs: ["arn"],
  autoname: { property: "name", mostCharacters: 255 },
  tagging: taggingBy({
    tag: async (context, id, tags) =>
      cloudWatch(context).send(
        new TagResourceCommand({ ResourceARN: await alarmArn(context, id), Tags: tagList(tags) }),
      ),
    untag: async (context, id, TagKeys) =>
      cloudWatch(context).send(new UntagResourceCommand({ ResourceARN: await alarmArn(context, id), TagKeys })),
  }),

  async create(context, inputs, tags) {
    await put(context, inputs);
    const name = inputs.name ?? "";
    await this.tagging?.retag(context, name, tags, [], {});
    return name;
  },

  async read(context, id) {
    const { MetricAlarms = [] } = await cloudWatch(context).send(new DescribeAlarmsCommand({ AlarmNames: [id] }));
    const [found] = MetricAlarms;
    if (found === undefined) return undefined;
    const arn = await alarmArn(context, id);
    const { Tags } = await cloudWatch(context).send(new ListTagsForResourceCommand({ ResourceARN: arn }));
    const given = (list: readonly string[] = []) => (list.length > 0 ? list : undefined);
    return {
      arn,
      name: found.AlarmName,
      alarmDescription: found.AlarmDescription || undefined,
      namespace: found.Namespace,
      metricName: found.MetricName,
      dimensions: Object.fromEntries((found.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value])),
      statistic: found.Statistic,
      period: found.Period,
      evaluationPeriods: found.EvaluationPeriods,
      threshold: found.Threshold,
      comparisonOperator: found.ComparisonOperator,
      treatMissingData: found.TreatMissingData || "missing",
      actionsEnabled: found.ActionsEnabled,
      alarmActions: given(found.AlarmActions),
      okActions: given(found.OKActions),
      tags: tagsFrom(Tags),
    };
  },

  async update(context, _id, { news }) {
    await put(context, news);
  },

  async delete(context, id) {
    await cloudWatch(context).send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
  },
});
