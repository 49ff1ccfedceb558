import type { Reader, Request, Writer } from "./protocol";
import { Refusals } from "./refusal";

/** The kinds of things that rights are about, by Kafka's number (ResourceType). */
const resourceCodes = { topic: 2, group: 3, cluster: 4, "transactional id": 5 } as const;
/** What may be done, by Kafka's number (AclOperation). */
const operationCodes = {
  all: 2,
  read: 3,
  write: 4,
  describe: 8,
  "describe configs": 10,
  "idempotent write": 12,
} as const;
const permissionCodes = { deny: 2, allow: 3 } as const;
/** A filter's "any", of every enumeration. */
const any = 1;
const literal = 3;

/** A right, or its denial, of everybody who connects from an address. */
export interface Acl {
  readonly resource: keyof typeof resourceCodes;
  /** The resource's name; `*` for all of the kind. The cluster is called `kafka-cluster`. */
  readonly name: string;
  /** An IPv4 address; `*` for any. */
  readonly host: string;
  readonly operation: keyof typeof operationCodes;
  readonly permission: keyof typeof permissionCodes;
}

/** One entry of the cluster's as Kafka tells of it: by its numbers, as it may be one that is not among ours. */
export interface FoundAcl {
  readonly resource: number;
  readonly name: string;
  /** 3: the name itself; 4: all names that begin so. */
  readonly pattern: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permission: number;
}

/** The one principal that there is: nobody logs in. */
const principal = "User:ANONYMOUS";

/** An entry as Kafka tells of it. */
export function asFound({ resource, name, host, operation, permission }: Acl): FoundAcl {
  return {
    resource: resourceCodes[resource],
    name,
    pattern: literal,
    principal,
    host,
    operation: operationCodes[operation],
    permission: permissionCodes[permission],
  };
}

function writeAcl(writer: Writer, acl: FoundAcl): void {
  writer.int8(acl.resource);
  writer.text(acl.name);
  writer.int8(acl.pattern);
  writer.text(acl.principal);
  writer.text(acl.host);
  writer.int8(acl.operation);
  writer.int8(acl.permission);
}

/** Entries by number and name of their resource, as both kinds of answers have them. */
function readEntries(reader: Reader): FoundAcl[] {
  const resource = reader.int8();
  const [name, pattern] = [reader.text(), reader.int8()];
  return reader.structures(() => {
    const [who, host, operation, permission] = [reader.text(), reader.text(), reader.int8(), reader.int8()];
    return { resource, name, pattern, principal: who, host, operation, permission };
  });
}

/** The request for every entry that the cluster has. */
export function describeAcls(): Request<FoundAcl[]> {
  return {
    apiKey: 29,
    apiVersion: 1,
    flexible: false,
    write: (writer) => {
      writer.int8(any);
      writer.text(null);
      writer.int8(any);
      writer.text(null);
      writer.text(null);
      writer.int8(any);
      writer.int8(any);
    },
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      const [error, message] = [reader.int16(), reader.text()];
      refusals.add(error, "rights", message);
      const entries = reader.structures(() => readEntries(reader)).flat();
      refusals.raise();
      return entries;
    },
  };
}

/** The request to add entries. One that is there already is no error. */
export function createAcls(acls: readonly FoundAcl[]): Request<void> {
  return {
    apiKey: 30,
    apiVersion: 1,
    flexible: false,
    write: (writer) => writer.structures(acls, (acl) => writeAcl(writer, acl)),
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      reader.structures(() => refusals.add(reader.int16(), "rights", reader.text()));
      refusals.raise();
    },
  };
}

/** The request to take entries away. One that is not there is no error. */
export function deleteAcls(acls: readonly FoundAcl[]): Request<void> {
  return {
    apiKey: 31,
    apiVersion: 1,
    flexible: false,
    // A filter has the fields of an entry, all of which are given here.
    write: (writer) => writer.structures(acls, (acl) => writeAcl(writer, acl)),
    read: (reader) => {
      const refusals = new Refusals();
      reader.int32(); // throttle time
      reader.structures(() => {
        refusals.add(reader.int16(), "rights", reader.text());
        reader.structures(() => {
          refusals.add(reader.int16(), "rights", reader.text());
          reader.int8(); // resource
          reader.text();
          reader.int8(); // pattern
          reader.text(); // principal
          reader.text(); // host
          reader.int8(); // operation
          reader.int8(); // permission
        });
      });
      refusals.raise();
    },
  };
}
