import type { Request } from "./protocol";
import { Refusals } from "./refusal";

/** The kind of a resource that has settings. */
export type ResourceType = "topic" | "broker";

/** Changes of some settings of one topic or broker. */
export interface ConfigChange {
  readonly type: ResourceType;
  /** The topic's name, or the broker's id; "" for the default of all brokers. */
  readonly name: string;
  readonly set?: Readonly<Record<string, string>>;
  /** Settings that go back to what is below them. One that is not set is no error. */
  readonly remove?: readonly string[];
}

/**
 * The origin of a value: the topic itself, this broker's dynamic settings, those of all brokers, `server.properties`,
 * or Kafka's default.
 */
export type ConfigSource = "topic" | "broker" | "default-broker" | "static" | "default";

/** A setting's value, with its origin. */
export interface ConfigValue {
  /** The value; "" for a sensitive one, which Kafka does not show. */
  readonly value: string;
  readonly source: ConfigSource;
}

const resourceCode = { topic: 2, broker: 4 } as const;
const resourceName = (code: number, name: string) => (code === resourceCode.topic ? `topic ${name}` : `broker ${name}`);
const operation = { set: 0, delete: 1 } as const;
/** The origins by Kafka's number (DescribeConfigsResponse.ConfigSource). */
const sources: Readonly<Record<number, ConfigSource>> = {
  1: "topic",
  2: "broker",
  3: "default-broker",
  4: "static",
  5: "default",
};

/**
 * The request to change settings, which leaves all others as they are. Each topic or broker may be given once; a
 * broker's own go to that broker.
 */
export function alterConfigs(changes: readonly ConfigChange[]): Request<void> {
  return {
    apiKey: 44,
    apiVersion: 0,
    flexible: false,
    write: (writer) => {
      writer.structures(changes, ({ type, name, set = {}, remove = [] }) => {
        writer.int8(resourceCode[type]);
        writer.text(name);
        const operations = [
          ...Object.entries(set).map(([key, value]) => ({ key, code: operation.set, value })),
          ...remove.map((key) => ({ key, code: operation.delete, value: null })),
        ];
        writer.structures(operations, ({ key, code, value }) => {
          writer.text(key);
          writer.int8(code);
          writer.text(value);
        });
      });
      writer.boolean(false); // validate only
    },
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      reader.structures(() => {
        const [error, message] = [reader.int16(), reader.text()];
        refusals.add(error, resourceName(reader.int8(), reader.text()), message);
      });
      refusals.raise();
    },
  };
}

/** The request for the settings of each resource, by its name. A broker's own are asked of that broker. */
export function describeConfigs(
  type: ResourceType,
  names: readonly string[],
): Request<Map<string, Record<string, ConfigValue>>> {
  return {
    apiKey: 32,
    apiVersion: 1,
    flexible: false,
    write: (writer) => {
      writer.structures(names, (name) => {
        writer.int8(resourceCode[type]);
        writer.text(name);
        writer.structures(null, () => undefined); // all keys
      });
      writer.boolean(false); // synonyms
    },
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      const resources = reader.structures(() => {
        const [error, message, code, name] = [reader.int16(), reader.text(), reader.int8(), reader.text()];
        refusals.add(error, resourceName(code, name), message);
        const entries = reader.structures(() => {
          const [key, value] = [reader.text(), reader.text()];
          reader.boolean(); // read only
          const source = sources[reader.int8()] ?? "default";
          reader.boolean(); // sensitive
          reader.structures(() => [reader.text(), reader.text(), reader.int8()]); // synonyms
          return [key, { value, source }] as const;
        });
        return [name, Object.fromEntries(entries)] as const;
      });
      refusals.raise();
      return new Map(resources);
    },
  };
}
