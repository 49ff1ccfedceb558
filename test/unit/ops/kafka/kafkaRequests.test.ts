import assert from "node:assert/strict";
import fc from "fast-check";
import { asFound, createAcls, deleteAcls, describeAcls } from "../../../../ops/kafka/acls";
import { alterConfigs, describeConfigs } from "../../../../ops/kafka/configs";
import { fetchOffsets, listGroups } from "../../../../ops/kafka/groups";
import { electPreferred } from "../../../../ops/kafka/leaders";
import { describeLogDirs, describeVolume } from "../../../../ops/kafka/logDirs";
import { brokerAddress, metadata, mostTrusted } from "../../../../ops/kafka/metadata";
import { listOffsets } from "../../../../ops/kafka/offsets";
import { decodeAnswer, encodeRequest, Reader, Writer, type Request } from "../../../../ops/kafka/protocol";
import { alterReassignments, listReassignments } from "../../../../ops/kafka/reassignments";
import { createPartitions, createTopics } from "../../../../ops/kafka/topics";
import type { ClusterView } from "../../../../ops/kafkaGate";

const timeoutMs = 1000;
const partition = (topic: string, number: number) => ({ topic, partition: number });

/*
 * All bytes here were written by Kafka's own classes (kafka-clients 3.9.2, `MessageUtil.toByteBuffer`) from the same
 * contents. Every request begins with its length, its key, its version, correlation id 1 and the client's name.
 */
describe("requests to Kafka", () => {
  const anyWrite = asFound({ resource: "topic", name: "*", host: "*", operation: "write", permission: "allow" });
  const anyWriteBytes = "000000010200012a03000e557365723a414e4f4e594d4f555300012a0403";
  const client = "00000001000c6b61666b612d6f6e2d656332";
  const cases: readonly [what: string, request: Request<unknown>, lengthAndKey: string, rest: string][] = [
    ["metadata of all topics", metadata("all"), "0000001a00030001", "ffffffff"],
    ["metadata of none", metadata("none"), "0000001a00030001", "00000000"],
    ["log directories", describeLogDirs(3), "0000001900230004", "000000"],
    ["a data volume", describeVolume(3), "0000001900230004", "000100"],
    [
      "moves and the end of one, gathered by topic",
      alterReassignments(
        [
          { ...partition("t", 0), replicas: [3, 1] },
          { ...partition("u", 1), replicas: [2] },
          { ...partition("t", 2), replicas: null },
        ],
        timeoutMs,
      ),
      "00000043002d0000",
      "00000003e803027403000000000300000003000000010000000002000000027502000000010200000002000000",
    ],
    ["moves under way", listReassignments(timeoutMs), "0000001d002e0000", "00000003e80000"],
    [
      "settings to set and to remove",
      alterConfigs([
        { type: "topic", name: "t", set: { a: "1" }, remove: ["b"] },
        { type: "broker", name: "", remove: ["c"] },
      ]),
      "0000003d002c0000",
      "0000000202000174000000020001610000013100016201ffff0400000000000100016301ffff00",
    ],
    ["a broker's settings", describeConfigs("broker", ["3"]), "0000002300200001", "0000000104000133ffffffff00"],
    [
      "elections",
      electPreferred([partition("t", 3), partition("t", 1)], timeoutMs),
      "0000002e002b0001",
      "00000000010001740000000200000003" + "00000001000003e8",
    ],
    ["every right", describeAcls(), "00000020001d0001", "01ffff01ffffffff0101"],
    ["rights to give", createAcls([anyWrite]), "00000034001e0001", anyWriteBytes],
    ["rights to take away", deleteAcls([anyWrite]), "00000034001f0001", anyWriteBytes],
    ["all elections", electPreferred("all", timeoutMs), "0000001f002b0001", "00ffffffff000003e8"],
    [
      "a new topic with its placement",
      createTopics(
        [
          {
            name: "t",
            replicaAssignment: [
              [3, 1],
              [2, 3],
            ],
            config: { a: "1" },
          },
        ],
        timeoutMs,
        false,
      ),
      "0000005600130002",
      "00000001000174ffffffffffff000000020000000000000002000000030000000100000001000000020000000200000003" +
        "00000001000161000131000003e800",
    ],
    ["groups", listGroups(), "0000001900100004", "000100"],
    ["places of groups", fetchOffsets(["g", "h"]), "0000002200090008", "000302670000026800000000"],
    [
      "events by time, gathered by topic",
      listOffsets([
        { ...partition("t", 0), since: "end" },
        { ...partition("u", 1), since: "beginning" },
        { ...partition("t", 2), since: 1_700_000_000_000.4 },
      ]),
      "0000005100020002",
      "ffffffff00000000020001740000000200000000ffffffffffffffff000000020000018bcfe56800" +
        "0001750000000100000001fffffffffffffffe",
    ],
    [
      "more partitions",
      createPartitions({ topic: "t", count: 4, assignments: [[3, 1]] }, timeoutMs, false),
      "0000003600250000",
      "000000010001740000000400000001000000020000000300000001000003e800",
    ],
  ];
  for (const [what, request, lengthAndKey, rest] of cases) {
    it(`are written as Kafka writes them: ${what}`, () => {
      assert.equal(encodeRequest(request).toString("hex"), lengthAndKey + client + rest);
    });
  }
});

describe("Kafka's answers", () => {
  const read = <A>(request: Request<A>, hex: string) => decodeAnswer(request, Buffer.from(`00000001${hex}`, "hex"));
  const metadataAnswer =
    "0000000200000002000262320000238400017a0000000100026231000023" +
    "85ffff000000020000000100000001740000000002000000000001" +
    "000000020000000200000002000000010000000100000002000500000000ffffffff00000001000000010000000100000001";

  it("tell of partitions with and without a leader, everything in order", () => {
    assert.deepEqual(read(metadata("all"), metadataAnswer), {
      brokers: [
        { id: 1, host: "b1", port: 9093 },
        { id: 2, host: "b2", port: 9092 },
      ],
      controllerId: 2,
      topics: [
        {
          name: "t",
          partitions: [
            { partition: 0, leader: -1, replicas: [1], isr: [1] },
            { partition: 1, leader: 2, replicas: [2, 1], isr: [2] },
          ],
        },
      ],
    });
  });

  it("tell the size of log directories, where the broker knows it", () => {
    const answer =
      "00000000000000030000032f6402027402000000070000000165a0bc0000" +
      "00000000000009010000000001000000000000000000000000050000" +
      "00032f6501ffffffffffffffffffffffffffffffff0000";
    assert.deepEqual(read(describeLogDirs(3), answer), [
      {
        path: "/d",
        totalBytes: 2 ** 40,
        usableBytes: 5,
        partitions: [{ topic: "t", partition: 7, bytes: 6e9, isFuture: true }],
      },
      { path: "/e", totalBytes: undefined, usableBytes: undefined, partitions: [] },
    ]);
    const full = `0000000000000002${"0000032f6401"}00000100000000000000000000000000`.slice(0, 28);
    assert.deepEqual(read(describeVolume(3), answer), { totalBytes: 2 ** 40, usableBytes: 5 });
    assert.equal(
      read(describeVolume(3), `00000000000000020000${"032f6501ffffffffffffffffffffffffffffffff0000"}`),
      undefined,
    );
    const [empty] = read(describeLogDirs(3), `${full}${"00".repeat(16)}0000`);
    assert.deepEqual([empty?.totalBytes, empty?.usableBytes], [0, 0]);
    assert.throws(
      () => read(describeLogDirs(3), "00000000000000020038032f6401ffffffffffffffffffffffffffffffff0000"),
      /^Error: Kafka refuses \/d of broker 3: KAFKA_STORAGE_ERROR$/,
    );
  });

  it("tell of rights, and of their refusal", () => {
    const found = "000000000000ffff000000010200012a0300000001000e557365723a414e4f4e594d4f555300012a0403";
    assert.deepEqual(read(describeAcls(), found), [
      asFound({ resource: "topic", name: "*", host: "*", operation: "write", permission: "allow" }),
    ]);
    assert.throws(
      () => read(describeAcls(), "000000000036000d4e6f20417574686f72697a657200000000"),
      /^Error: Kafka refuses rights: SECURITY_DISABLED \(No Authorizer\)$/,
    );
    assert.throws(
      () => read(createAcls([]), "0000000000000001001f00026e6f"),
      /^Error: Kafka refuses rights: CLUSTER_AUTHORIZATION_FAILED \(no\)$/,
    );
    const taken = "00000000000000010000ffff00000001001f00026e6f0200012a030006557365723a4100012a0303";
    assert.throws(() => read(deleteAcls([]), taken), /^Error: Kafka refuses rights: CLUSTER_AUTHORIZATION_FAILED/);
    assert.equal(read(createAcls([]), "0000000000000001" + "0000ffff"), undefined);
  });

  it("tell of every move that is refused; one to end that was not under way is none", () => {
    const answer =
      "000000000000000003027404000000000027" +
      "0c6e6f2062726f6b6572203900000000010000010000000002005501000002750200000001000301000000";
    assert.throws(
      () => read(alterReassignments([], timeoutMs), answer),
      /^Error: Kafka refuses t-0: INVALID_REPLICA_ASSIGNMENT \(no broker 9\); u-1: UNKNOWN_TOPIC_OR_PARTITION$/,
    );
  });

  it("tell of moves under way", () => {
    assert.deepEqual(
      read(
        listReassignments(timeoutMs),
        "000000000000000102027402000000040400000001000000020000000302000000030200000001000000",
      ),
      [{ topic: "t", partition: 4, replicas: [1, 2, 3], adding: [3], removing: [1] }],
    );
    assert.throws(
      () => read(listReassignments(timeoutMs), "0000000000002905676f6e650100"),
      /the list of reassignments: NOT_CONTROLLER \(gone\)/,
    );
  });

  it("tell whose setting it is", () => {
    const answer =
      "00000000000000010000ffff040001330000000300016100013100020000000001000161ffff04000173ffff0104010000000000016400" +
      "0000030000000000";
    assert.deepEqual(
      read(describeConfigs("broker", ["3"]), answer),
      new Map([
        [
          "3",
          {
            a: { value: "1", source: "broker" },
            s: { value: "", source: "static" },
            d: { value: "", source: "default-broker" },
          },
        ],
      ]),
    );
    const unknownSource = answer.replace("00016400000003", "00016400000006");
    assert.deepEqual(read(describeConfigs("broker", ["3"]), unknownSource).get("3")?.d, {
      value: "",
      source: "default",
    });
    assert.throws(
      () => read(describeConfigs("topic", ["t"]), "00000000000000010003ffff0200017400000000"),
      /refuses topic t: UNKNOWN_TOPIC_OR_PARTITION$/,
    );
  });

  it("tell of a setting that is refused", () => {
    assert.throws(
      () => read(alterConfigs([]), "000000000000000200280003626164020001740000ffff040000"),
      /^Error: Kafka refuses topic t: INVALID_CONFIG \(bad\)$/,
    );
  });

  it("tell of groups, of their places, and of events by time, but of nothing that another broker knows", () => {
    assert.deepEqual(
      read(listGroups(), "000000000000000302" + "6709636f6e73756d657207537461626c650002680106456d7074790000"),
      [
        { name: "g", state: "Stable" },
        { name: "h", state: "Empty" },
      ],
    );
    assert.throws(
      () => read(listGroups(), "0000000000000e0100"),
      /^Error: Kafka refuses the list of groups: COORDINATOR_LOAD_IN_PROGRESS$/,
    );
    const places =
      "0000000000030267020274040000000000000000000000070000000202" +
      "6d00000000000001ffffffffffffffffffffffff01000000000000020000000000000009ffffffff00000300000000" +
      "0002680100100000";
    assert.deepEqual(
      read(fetchOffsets(["g", "h"]), places),
      new Map([["g", [{ topic: "t", partition: 0, offset: 7 }]]]),
    );
    const offsets =
      "00000000000000010001740000000300000000" +
      "0000ffffffffffffffff0000000000000014000000010006ffffffffffffffffffffffffffffffff" +
      "000000020000ffffffffffffffffffffffffffffffff";
    assert.deepEqual(read(listOffsets([]), offsets), [
      { topic: "t", partition: 0, offset: 20 },
      { topic: "t", partition: 2 },
    ]);
  });

  it("tell of elections that fail, not of those without need", () => {
    assert.throws(
      () =>
        read(
          electPreferred("all", timeoutMs),
          "000000000000000000010001740000000200000003005400017800000001" + "0050000179",
        ),
      /^Error: Kafka refuses t-1: PREFERRED_LEADER_NOT_AVAILABLE \(y\)$/,
    );
  });

  it("tell of topics that are there already, unless an earlier try may have made them", () => {
    const there = "0000000000000001000174002400057468657265";
    assert.throws(() => read(createTopics([], timeoutMs, false), there), /topic t: TOPIC_ALREADY_EXISTS \(there\)$/);
    read(createTopics([], timeoutMs, true), there);
    const more = (again: boolean) => createPartitions({ topic: "t", count: 4, assignments: [] }, timeoutMs, again);
    const enough = "00000000000000010001740025ffff";
    assert.throws(() => read(more(false), enough), /topic t: INVALID_PARTITIONS$/);
    read(more(true), enough);
    assert.throws(() => read(more(true), "0000000000000001000174007fffff"), /topic t: error 127$/);
  });

  it("are not taken from half an answer, nor from one that is too long", () => {
    const answer = Buffer.from(`00000001${metadataAnswer}`, "hex");
    fc.assert(
      fc.property(fc.nat(answer.length - 1), (length) => {
        assert.throws(() => decodeAnswer(metadata("all"), answer.subarray(0, length)), RangeError);
      }),
    );
    assert.throws(() => read(metadata("all"), `${metadataAnswer}00`), RangeError);
    answer.writeInt32BE(2);
    assert.throws(() => decodeAnswer(metadata("all"), answer), RangeError);
  });

  it("may have fields that we don't know", () => {
    // One tagged field of 3 bytes at the end of the header, and one of 200 at that of the body.
    const unknown = `01c801${"ee".repeat(200)}`;
    const answer = decodeAnswer(
      listReassignments(timeoutMs),
      Buffer.from(`00000001` + `010003aabbcc` + `0000000000000001` + `01${unknown}`, "hex"),
    );
    assert.deepEqual(answer, []);
  });
});

describe("Kafka's primitive types", () => {
  it("are read as they are written, in both kinds of version", () => {
    const fields = {
      small: fc.integer({ min: -128, max: 127 }),
      middle: fc.integer({ min: -32768, max: 32767 }),
      large: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      yes: fc.boolean(),
      // Above 127 a varint takes a second byte.
      text: fc.string({ unit: "binary", maxLength: 200, size: "max" }),
      ids: fc.array(fc.integer(), { maxLength: 200, size: "max" }),
    };
    const value = fc.record(fields, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.boolean(), fc.array(value, { maxLength: 3 }), (flexible, values) => {
        const writer = new Writer(flexible);
        writer.structures(values, ({ small, middle, large, yes, text, ids }) => {
          writer.int8(small);
          writer.int16(middle);
          writer.int32(large);
          writer.boolean(yes);
          writer.text(text);
          writer.int32s(ids);
        });
        const reader = new Reader(writer.bytes, flexible);
        const found = reader.structures(() => ({
          small: reader.int8(),
          middle: reader.int16(),
          large: reader.int32(),
          yes: reader.boolean(),
          text: reader.text(),
          ids: reader.int32s(),
        }));
        assert.deepEqual(found, values);
        assert.ok(reader.atEnd);
      }),
    );
  });
});

describe("Kafka's primitive types at their limits", () => {
  const reader = (hex: string, flexible = true) => new Reader(Buffer.from(hex, "hex"), flexible);

  it("are long numbers of both signs, and lengths of up to 32 bits", () => {
    assert.equal(reader("ffffffffffffff9c").int64(), -100);
    assert.equal(reader("0020000000000000").int64(), 2 ** 53);
    // A list of 2^31 is announced, and is not there.
    assert.throws(() => reader("8080808008").structures(() => undefined), RangeError);
    for (const endless of ["ff".repeat(5), "ff".repeat(9)]) {
      assert.throws(() => reader(endless).text(), { name: "RangeError", message: "no varint of 32 bits" });
    }
  });

  it("are empty where they are null", () => {
    assert.equal(reader("00").text(), "");
    assert.equal(reader("ffff", false).text(), "");
    assert.deepEqual(reader("00").int32s(), []);
    assert.deepEqual(reader("ffffffff", false).int32s(), []);
  });

  it("are written with one byte of length up to 126, and with two from 127 on", () => {
    for (const [length, start] of [
      [0, "01"],
      [126, "7f"],
      [127, "8001"],
      [16_382, "ff7f"],
      [16_383, "808001"],
    ] as const) {
      const writer = new Writer(true);
      writer.text("x".repeat(length));
      assert.equal(writer.bytes.subarray(0, start.length / 2).toString("hex"), start);
      assert.equal(writer.bytes.length, length + start.length / 2);
      assert.equal(new Reader(writer.bytes, true).text().length, length);
    }
  });
});

describe("a broker's address", () => {
  it("is cut at the last colon", () => {
    assert.deepEqual(brokerAddress({ id: 3, address: "10.0.0.7:9092" }), { id: 3, host: "10.0.0.7", port: 9092 });
    assert.deepEqual(brokerAddress({ id: 3, address: "::1:9092" }), { id: 3, host: "::1", port: 9092 });
  });
});

describe("several brokers' answers", () => {
  it("are judged by the controller that most know, not by one that was cut off", () => {
    const saying = (controllerId: number): ClusterView => ({ controllerId, brokers: [], topics: [] });
    const [old, second, third] = [saying(1), saying(2), saying(2)];
    const trusted = (...answers: [number, ClusterView][]) => mostTrusted(new Map(answers));
    assert.equal(trusted([1, old], [2, second], [3, third]), second);
    assert.equal(trusted([1, old], [3, third], [4, second]), third);
    assert.equal(trusted([1, old]), old);
    // As many name the one as the other: the one that is registered later.
    assert.equal(trusted([1, old], [3, second]), second);
    assert.equal(trusted([3, second], [1, old]), second);
    // The controller itself does not know that it is: those who name it do.
    const unaware = saying(7);
    assert.equal(trusted([2, unaware], [3, second], [4, third]), second);
    assert.equal(trusted(), undefined);
  });
});
