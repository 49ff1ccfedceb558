import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { KafkaAdmin, type NewTopic } from "../../../../ops/kafka/admin";
import { askBroker } from "../../../../ops/kafka/metadata";
import { FakeBrokers, type Answer } from "../fakeBrokers";

describe("a broker that is asked which others there are", () => {
  const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const int32 = (...values: readonly number[]) =>
    Buffer.concat(
      values.map((value) => {
        const bytes = Buffer.alloc(4);
        bytes.writeInt32BE(value);
        return bytes;
      }),
    );
  const broker = (id: number, rack: Buffer) => Buffer.concat([int32(id), text(`kafka-${id}`), int32(9092), rack]);
  const answer = Buffer.concat([
    ...[int32(1), int32(2), broker(1, text("us-east-1a")), broker(4, Buffer.from([0xff, 0xff]))],
    ...[int32(1), int32(0)], // the controller, and no topics
  ]);

  const brokersOf = async (port: number, host = "127.0.0.1") =>
    (await askBroker({ host, port }, { topics: "none", timeoutMs: 1000 })).brokers.map(({ id }) => id);

  async function asked(reply: (socket: Socket) => void): Promise<number[]> {
    const server = createServer((socket) => socket.once("data", () => reply(socket)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await brokersOf((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  it("is understood, in one piece or in many", async () => {
    assert.deepEqual(await asked((socket) => socket.end(Buffer.concat([int32(answer.length), answer]))), [1, 4]);
    const halves = asked((socket) => {
      socket.write(int32(answer.length));
      setTimeout(() => socket.write(answer.subarray(0, 9)), 10);
      setTimeout(() => socket.write(answer.subarray(9)), 20);
    });
    assert.deepEqual(await halves, [1, 4]);
  });

  it("is out when it answers something else, or nothing", async () => {
    await assert.rejects(
      asked((socket) => socket.end("HTTP/1.1 400 Bad Request")),
      /not as Kafka does/,
    );
    await assert.rejects(
      asked((socket) => socket.end(Buffer.concat([int32(6), Buffer.alloc(6)]))),
      /not as Kafka does/,
    );
    for (const size of [-1, (64 << 20) + 1])
      await assert.rejects(
        asked((socket) => socket.write(int32(size))),
        /not as Kafka does/,
      );
    await assert.rejects(
      asked((socket) => socket.end()),
      /without an answer/,
    );
    await assert.rejects(
      asked((socket) => socket.end(Buffer.concat([int32(answer.length), answer.subarray(0, 9)]))),
      /without an answer/,
    );
    await assert.rejects(brokersOf(9, "127.0.0.77"), /^Error: connection refused on port 9$/);
  });
});

const noError = 0;
const topicAlreadyExists = 36;
const invalidPartitions = 37;
const invalidReplicaAssignment = 39;
const invalidConfig = 40;
const notController = 41;
const kafkaStorageError = 56;
const preferredLeaderNotAvailable = 80;

/* Answers with an error's code in them; kafkaRequests.test.ts shows that Kafka writes them so. */
const code = (error: number) => error.toString(16).padStart(4, "0");
const text = (value: string) => code(value.length) + Buffer.from(value).toString("hex");
const topicAnswer = (error: number) => `0000000000000001${text("t")}${code(error)}ffff`;
const electionAnswer = (error: number) => `00000000000000000001${text("t")}0000000100000003${code(error)}ffff`;
const movesAnswer = (error: number) => `0000000000${code(error)}000100`;
const moveAnswer = (error: number) => `00000000000000000202740200000003${code(error)}00000000`;
const changeAnswer = (error: number, type: string, name: string) =>
  `0000000000000001${code(error)}ffff${type}${text(name)}`;
const configsAnswer = (type: string, name: string, source: string) =>
  `${changeAnswer(noError, type, name)}00000001${text("a")}${text("1")}00${source}0000000000`;
const logDirsAnswer = (error: number) => `0000000000000002${code(error)}032f6401${"ff".repeat(16)}0000`;
const [topicType, brokerType] = ["02", "04"];

const newTopic: NewTopic = { name: "t", replicaAssignment: [[3, 1]], config: {} };
const closes: Answer = { noAnswer: "closes" };

describe("an administrator of Kafka", () => {
  let brokers: FakeBrokers;
  /** Knows the first two of three brokers. The second is the controller. */
  const admin = (deadlineMs?: number) =>
    new KafkaAdmin(
      [1, 2].map((id) => brokers.address(id)),
      deadlineMs,
    );

  beforeEach(async () => {
    brokers = await FakeBrokers.start(1, 2, 3);
    brokers.controllerId = 2;
  });
  afterEach(() => brokers.stop());

  const toTheController: readonly {
    readonly what: string;
    readonly apiKey: number;
    readonly call: (admin: KafkaAdmin) => Promise<unknown>;
    /** When it is carried out. */
    readonly result?: unknown;
    readonly answer: (error: number) => string;
    readonly refused: readonly [answer: string, message: RegExp];
  }[] = [
    {
      what: "moves",
      apiKey: 45,
      call: (admin) => admin.reassign([{ topic: "t", partition: 3, replicas: [3, 9] }]),
      answer: movesAnswer,
      refused: [moveAnswer(invalidReplicaAssignment), /t-3: INVALID_REPLICA_ASSIGNMENT$/],
    },
    {
      what: "the moves under way",
      apiKey: 46,
      call: (admin) => admin.reassignments(),
      result: [],
      answer: movesAnswer,
      refused: [movesAnswer(31), /the list of reassignments: CLUSTER_AUTHORIZATION_FAILED$/],
    },
    {
      what: "elections",
      apiKey: 43,
      call: (admin) => admin.electPreferred("all"),
      answer: electionAnswer,
      refused: [electionAnswer(preferredLeaderNotAvailable), /t-3: PREFERRED_LEADER_NOT_AVAILABLE$/],
    },
    {
      what: "new topics",
      apiKey: 19,
      call: (admin) => admin.createTopics([newTopic]),
      answer: topicAnswer,
      refused: [topicAnswer(topicAlreadyExists), /topic t: TOPIC_ALREADY_EXISTS$/],
    },
    {
      what: "more partitions",
      apiKey: 37,
      call: (admin) => admin.createPartitions("t", 4, [[3, 1]]),
      answer: topicAnswer,
      refused: [topicAnswer(invalidPartitions), /topic t: INVALID_PARTITIONS$/],
    },
  ];
  for (const { what, apiKey, call, result, answer, refused } of toTheController) {
    it(`asks the controller for ${what}, and the new one when that has moved`, async () => {
      brokers.answer = (_, times) => {
        brokers.controllerId = 1;
        return answer(times === 0 ? notController : noError);
      };
      assert.deepEqual(await call(admin()), result);
      assert.deepEqual(brokers.asked, [`2: ${apiKey}`, `1: ${apiKey}`]);
    });

    it(`does not ask again when Kafka refuses ${what}`, async () => {
      const [refusal, message] = refused;
      brokers.answer = () => refusal;
      await assert.rejects(call(admin()), message);
      assert.deepEqual(brokers.asked, [`2: ${apiKey}`]);
    });
  }

  it("goes by the controller that most brokers know", async () => {
    const cutOff = { ...brokers.view(1), controllerId: 1 };
    const view = { ...brokers.view(1), topics: [] };
    brokers.view = (id) => (id === 1 ? cutOff : view);
    const all = new KafkaAdmin([1, 2, 3].map((id) => brokers.address(id)));
    assert.deepEqual(await all.metadata(), view);
  });

  it("has every registered broker tell of its log directories, and names the one with a broken one", async () => {
    brokers.answer = () => logDirsAnswer(noError);
    const dir = { path: "/d", totalBytes: undefined, usableBytes: undefined, partitions: [] };
    const found = await admin().logDirs();
    assert.deepEqual(
      [...found].sort(),
      [1, 2, 3].map((id) => [id, [dir]]),
    );
    brokers.answer = (_, times, id) => logDirsAnswer(id === 3 ? kafkaStorageError : noError);
    await assert.rejects(admin().logDirs(), /^Error: Kafka refuses \/d of broker 3: KAFKA_STORAGE_ERROR$/);
  });

  it("has a broker's own settings from that broker, all others from the controller", async () => {
    brokers.answer = (_, times, id) => configsAnswer(brokerType, String(id), "02");
    assert.deepEqual(
      await admin().configs("broker", ["1", "3"]),
      new Map([
        ["1", { a: { value: "1", source: "broker" } }],
        ["3", { a: { value: "1", source: "broker" } }],
      ]),
    );
    assert.deepEqual([...brokers.asked].sort(), ["1: 32", "3: 32"]);
    brokers.answer = () => configsAnswer(topicType, "t", "01");
    assert.deepEqual(await admin().configs("topic", ["t"]), new Map([["t", { a: { value: "1", source: "topic" } }]]));
    assert.equal(brokers.asked.at(-1), "2: 32");
  });

  it("changes a broker's own settings there, all others at the controller, and tells of every refusal", async () => {
    const changes = [
      { type: "broker", name: "3", set: { a: "1" } },
      { type: "topic", name: "t", remove: ["a"] },
      { type: "broker", name: "", set: { a: "1" } },
    ] as const;
    brokers.answer = (_, times, id) => changeAnswer(noError, brokerType, String(id));
    await admin().setConfigs(changes);
    assert.deepEqual([...brokers.asked].sort(), ["2: 44", "3: 44"]);
    brokers.answer = (_, times, id) =>
      id === 3 ? changeAnswer(invalidConfig, brokerType, "3") : changeAnswer(invalidConfig, topicType, "t");
    await assert.rejects(
      admin().setConfigs(changes),
      /^Error: Kafka refuses broker 3: INVALID_CONFIG; Kafka refuses topic t: INVALID_CONFIG$/,
    );
  });

  it("asks again when a connection is lost, and takes it well that the lost question was heard", async () => {
    for (const [call, answer] of [
      [() => admin().createTopics([newTopic]), topicAnswer(topicAlreadyExists)],
      [() => admin().createPartitions("t", 4, [[3, 1]]), topicAnswer(invalidPartitions)],
    ] as const) {
      brokers.answer = (_, times) => (times === 0 ? closes : answer);
      await call();
    }
    assert.deepEqual(brokers.asked, ["2: 19", "2: 19", "2: 37", "2: 37"]);
  });

  it("asks for nothing that a broker has from ZooKeeper while that has no quorum, and goes on when it has", async () => {
    const answers = ["zookeeper-1: runs, but is in no quorum", "zookeeper-1: runs, but is in no quorum", undefined];
    const without = new KafkaAdmin([brokers.address(2)], 600, () => Promise.resolve(answers[0]));
    for (const call of [
      () => without.configs("topic", ["t"]),
      () => without.setConfigs([{ type: "topic", name: "t", remove: ["a"] }]),
      () => without.createTopics([newTopic]),
      () => without.createPartitions("t", 4, [[3, 1]]),
      () => without.giveRights([]),
      () => without.takeRights([]),
    ])
      await assert.rejects(
        call(),
        /^Error: ZooKeeper has no quorum, and Kafka would wait for it: zookeeper-1: runs, but .*; tried for 1 s$/,
      );
    assert.deepEqual(brokers.asked, []);
    brokers.answer = () => movesAnswer(noError);
    assert.deepEqual(await without.reassignments(), []);

    brokers.answer = () => configsAnswer(topicType, "t", "01");
    const again = new KafkaAdmin([brokers.address(2)], 5000, () => Promise.resolve(answers.shift()));
    assert.equal((await again.configs("topic", ["t"])).size, 1);
    assert.deepEqual(brokers.asked, ["2: 46", "2: 32"]);
  });

  it("gives up at its deadline, and says what went wrong last", async () => {
    brokers.answer = () => closes;
    await assert.rejects(
      admin(1200).reassignments(),
      /^Error: broker 2: closes the connection without an answer; tried for 1 s$/,
    );
    assert.ok(brokers.asked.length >= 2, brokers.asked.join());
    brokers.answer = () => movesAnswer(notController);
    await assert.rejects(
      admin(600).reassignments(),
      /^Error: Kafka refuses the list of reassignments: NOT_CONTROLLER; tried for 1 s$/,
    );
    brokers.answer = () => ({ noAnswer: "silent" });
    await assert.rejects(admin(600).reassignments(), /^Error: broker 2: no answer within 1 s; tried for 1 s$/);
    await assert.rejects(admin(600).configs("broker", ["9"]), /^Error: broker 9 is not registered; tried for 1 s$/);
    brokers.controllerId = -1;
    await assert.rejects(admin(600).reassignments(), /^Error: no broker is the controller; tried for 1 s$/);
  });

  it("says of every broker why it does not answer", async () => {
    const gone = admin(600);
    brokers.stop();
    await assert.rejects(
      gone.metadata(),
      /^Error: no broker answers: broker 1: connection refused on port \d+, broker 2: connection refused on port \d+; tried for 1 s$/,
    );
  });
});
