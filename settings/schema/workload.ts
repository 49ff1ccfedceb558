import { amount, flag, wholeNumber } from "../fields";
import { setting } from "./setting";

/** Settings about the load that the cluster is to carry: `planning/capacity` compares the machines with it. */
export const workloadSettings = {
  workloadIngestMBps: setting({
    place: "workload.ingestMBps",
    type: "number",
    unit: "MB/s",
    default: 1,
    description:
      "MB/s that producers send (10^6 bytes of events a second), the mean of a day, before compression and copies. " +
      "What can't be carried is refused at preview.",
    example: 100,
    rule: amount({
      min: 0.001,
      max: 100_000,
      below: "give what producers send, in MB/s (10^6 bytes of events a second, before compression, the mean of a day)",
      above: "which is more than any cluster takes: give MB/s, not bytes",
    }),
  }),
  workloadEventBytes: setting({
    place: "workload.eventBytes",
    type: "integer",
    unit: "bytes",
    default: 400,
    description: "Mean size of an event in bytes.",
    rule: wholeNumber({
      min: 1,
      max: 1_048_576,
      below: "give the mean size of an event in bytes",
      above: "Kafka takes 1 MiB a message: give the mean size of an event in bytes",
    }),
  }),
  workloadCompressionRatio: setting({
    place: "workload.compressionRatio",
    type: "number",
    default: 1,
    description: "How many times smaller the producers' compression makes the events. 1 = not compressed.",
    example: 4,
    rule: amount({
      min: 1,
      max: 100,
      below: "give 1 for events that are not compressed",
      above: "give what is measured, e.g. 4 when a quarter is left",
    }),
  }),
  workloadPeakFactor: setting({
    place: "workload.peakFactor",
    type: "number",
    default: 2,
    description: "The busiest minute divided by the mean.",
    rule: amount({
      min: 1,
      max: 100,
      below: "give 1 for a load that is the same all day",
      above: "give the busiest minute divided by the mean",
    }),
  }),
  workloadConsumerGroups: setting({
    place: "workload.consumerGroups",
    type: "integer",
    default: 1,
    description: "How many consumer groups read everything.",
    rule: wholeNumber({ min: 0, max: 1000, below: "give 0 when nothing is read" }),
  }),
  workloadReadNearestCopy: setting({
    place: "workload.readNearestCopy",
    type: "boolean",
    default: false,
    description:
      "Whether all consumers say in which zone they are (client.rack, kafkajs' rackId: docs/operations.md), and so " +
      "read the copy in it.",
    rule: flag(),
  }),
  workloadProduceInZone: setting({
    place: "workload.produceInZone",
    type: "boolean",
    default: false,
    description:
      "Whether all producers send events without a key to partitions that are led in their own zone " +
      "(the zone partitioners of examples/consumer, or partitioner.rack.aware of Java clients from 4.4 on).",
    rule: flag(),
  }),
  workloadDatabaseDownHours: setting({
    place: "workload.databaseDownHours",
    type: "number",
    unit: "hours",
    default: 4,
    description: "How many hours consumers may be away before events are deleted that they have not read.",
    rule: amount({
      min: 0,
      max: 8760,
      below: "give 0 when consumers are never away",
      above: "which is a year: give hours",
    }),
  }),
  allowOverload: setting({
    place: "allowOverload",
    type: "boolean",
    default: false,
    description: "Warns of a workload that the brokers can't carry, where it is refused otherwise.",
    rule: flag(),
  }),
};
