import type { z } from "zod";
import { accessSettings } from "./schema/access";
import { brokerSettings } from "./schema/brokers";
import { clusterSettings } from "./schema/cluster";
import { machineSettings } from "./schema/machines";
import { monitoringSettings } from "./schema/monitoring";
import { networkSettings } from "./schema/network";
import { operationSettings } from "./schema/operation";
import type { Setting } from "./schema/setting";
import { topicSettings } from "./schema/topics";
import { workloadSettings } from "./schema/workload";
import { zookeeperSettings } from "./schema/zookeeper";

/*
 * Every setting, and all that is known about it. Types, defaults and the nesting are taken from here; Pulumi.yaml's
 * block `config`, docs/settings.md and clusterArgs.ts are written from here by `npm run settings -- --write`.
 */

/** The settings in the order in which they are read, with the headings of the documentation. */
export const sections = [
  { title: "Cluster", settings: clusterSettings },
  { title: "Network", settings: networkSettings },
  { title: "Access", settings: accessSettings },
  { title: "Brokers", settings: brokerSettings },
  { title: "Workload", settings: workloadSettings },
  { title: "ZooKeeper", settings: zookeeperSettings },
  { title: "Machines and versions", settings: machineSettings },
  { title: "Topics", settings: topicSettings },
  { title: "Operation", settings: operationSettings },
  { title: "Monitoring", settings: monitoringSettings },
] as const;

type Schema = typeof clusterSettings &
  typeof networkSettings &
  typeof accessSettings &
  typeof brokerSettings &
  typeof workloadSettings &
  typeof zookeeperSettings &
  typeof machineSettings &
  typeof topicSettings &
  typeof operationSettings &
  typeof monitoringSettings;

/** A setting's flat key, as it is written in a stack's configuration: `brokerCount`. */
export type SettingKey = keyof Schema;

/** Every setting by its flat key. */
export const schema = Object.assign({}, ...sections.map(({ settings }) => settings)) as Schema;

type Frozen<Value> = Value extends readonly (infer Item)[] ? readonly Item[] : Value;

/** The checked values by their flat keys. */
export type Values = { readonly [Key in SettingKey]: Frozen<z.output<Schema[Key]["rule"]>> };

/** The checked value at a place of the nested settings: `brokers.count`. */
export type ValueAt<Place extends string> = {
  [Key in SettingKey]: Schema[Key]["place"] extends Place ? Values[Key] : never;
}[SettingKey];

/** The place of a setting in the nested settings: `brokers.count`. */
export type Place = Schema[SettingKey]["place"];

/** Every setting's flat key, in the order of the documentation. */
export const settingKeys = Object.keys(schema) as readonly SettingKey[];

/** The declaration of one setting, whatever its type. */
export const settingOf = (key: SettingKey): Setting => schema[key];

/** The values of keys that are not given, or given as null. */
export const defaults = Object.fromEntries(settingKeys.map((key) => [key, schema[key].default])) as Readonly<
  Record<SettingKey, unknown>
>;
