import assert from "node:assert/strict";
import {
  keepRights,
  ownAddresses,
  rightsDrift,
  stopWriting,
  wantedRights,
  type RightsAdmin,
} from "../../../ops/access";
import { asFound, type Acl } from "../../../ops/kafka/acls";
import { KafkaRefusal } from "../../../ops/kafka/refusal";
import { FakeKafka } from "./fakeKafkaAdmin";

const clientsMay = (rights: readonly Acl[], host = "192.0.2.1") =>
  rights
    .filter((acl) => acl.permission === "allow" && (acl.host === "*" || acl.host === host))
    .map(({ resource, operation }) => `${operation} ${resource}`);

describe("rights on the brokers", () => {
  const own = ["10.20.0.11", "10.20.16.12"];
  const kafka = () => new FakeKafka({ brokers: [1], partitions: [] });
  const noWay = () => Promise.reject(new Error("no way through a broker"));

  it("let clients write, read and look, and nothing else, whoever they say they are", () => {
    const rights = wantedRights(own);
    assert.deepEqual(clientsMay(rights), [
      "describe cluster",
      "describe configs cluster",
      "idempotent write cluster",
      "read topic",
      "write topic",
      "describe topic",
      "describe configs topic",
      "read group",
      "describe group",
      "write transactional id",
      "describe transactional id",
    ]);
    const denied = rights.filter(({ permission }) => permission === "deny");
    assert.deepEqual(
      denied.map(({ name, host, operation }) => `${operation} ${name} from ${host}`),
      ["write __consumer_offsets from *", "write __transaction_state from *"],
    );
  });

  it("let the cluster's own addresses do everything, and those of administrators", () => {
    const everything = ["all cluster", "all topic", "all group", "all transactional id"];
    for (const host of own) assert.deepEqual(clientsMay(wantedRights(own), host).slice(0, 4), everything);
    const cluster = { brokerAddresses: own, adminAddresses: ["10.30.0.7", "10.20.0.11"] };
    assert.deepEqual(ownAddresses(cluster, ["10.20.48.5"]), [...own, "10.20.48.5", "10.30.0.7"]);
    assert.deepEqual(clientsMay(wantedRights(["*"])).slice(0, 4), everything);
    // This machine's own, whatever it is.
    assert.ok(ownAddresses(cluster).every((address) => !address.startsWith("127.") && !address.includes(":")));
  });

  it("are given where they are missing, and taken away where they are not the settings'", async () => {
    const admin = kafka();
    const ways = { direct: admin, throughBroker: noWay };
    assert.match(await keepRights(wantedRights(own), ways), /^\d+ rights given, 0 taken away$/);
    assert.equal(await keepRights(wantedRights(own), ways), "");
    const more = wantedRights([...own, "10.9.9.9"]);
    assert.equal(await keepRights(more, ways), "4 rights given, 0 taken away");
    assert.equal(await keepRights(wantedRights(own), ways, true), "", "others' are left alone when asked to");
    assert.equal(await keepRights(wantedRights(own), ways), "0 rights given, 4 taken away");
    assert.deepEqual(rightsDrift(wantedRights(own), await admin.rights()), { missing: [], foreign: [] });
    const given = admin.calls.indexOf("giveRights");
    assert.ok(given >= 0 && given < admin.calls.indexOf("takeRights"));
  });

  const refusing = (error: "CLUSTER_AUTHORIZATION_FAILED" | "SECURITY_DISABLED"): RightsAdmin => {
    const refuse = () => Promise.reject(new KafkaRefusal([{ what: "rights", error, message: "" }]));
    return { rights: refuse, giveRights: refuse, takeRights: refuse };
  };

  it("are given from a broker's machine where this one has no right to", async () => {
    const admin = kafka();
    const done = await keepRights(wantedRights(own), {
      direct: refusing("CLUSTER_AUTHORIZATION_FAILED"),
      throughBroker: (work) => work(admin),
    });
    assert.match(done, /rights given/);
    assert.deepEqual(rightsDrift(wantedRights(own), await admin.rights()).missing, []);
  });

  it("to write are denied to all at once, and given back", async () => {
    const admin = kafka();
    const ways = {
      direct: refusing("CLUSTER_AUTHORIZATION_FAILED"),
      throughBroker: <T>(work: (by: RightsAdmin) => T) => work(admin),
    };
    await keepRights(wantedRights(own), { direct: admin, throughBroker: noWay });
    const before = await admin.rights();
    assert.equal(await stopWriting(true, ways), true);
    assert.equal(await stopWriting(true, ways), false);
    const denied = (await admin.rights()).filter((acl) => !before.includes(acl));
    assert.deepEqual(denied, [
      asFound({ resource: "topic", name: "*", host: "*", operation: "write", permission: "deny" }),
    ]);
    assert.equal(await stopWriting(false, ways), true);
    assert.deepEqual(await admin.rights(), before);
  });

  it("are no matter while the brokers know none, and a failure is one", async () => {
    const ways = { direct: refusing("SECURITY_DISABLED"), throughBroker: noWay };
    assert.equal(await keepRights(wantedRights(own), ways), "");
    const silent = kafka();
    silent.silent = true;
    await assert.rejects(keepRights(wantedRights(own), { direct: silent, throughBroker: noWay }), /no broker answers/);
  });

  it("have an entry for every address and kind, once", () => {
    const keys = wantedRights(own).map((acl) => JSON.stringify(asFound(acl)));
    assert.equal(new Set(keys).size, keys.length);
  });
});
