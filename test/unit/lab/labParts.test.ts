import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hierarchies } from "../../../lab/runtime/cgroups";
import { Names } from "../../../lab/runtime/dns";
import { answerQuery } from "../../../lab/runtime/dnsMessage";
import { KeptEqual } from "../../../lab/runtime/keptEqual";
import { routerPort } from "../../../lab/runtime/names";
import { identify, isAlive, run } from "../../../lab/runtime/processes";
import { passedHeaders, pathOf, serviceOf, waitsForEffect } from "../../../lab/runtime/proxy";
import { mountsBelow } from "../../../lab/runtime/sweep";
import { diskLink } from "../../../lab/runtime/volumes";
import { KeyedQueue } from "../../../lab/runtime/waiting";
import { describedRegion } from "./labFixtures";

describe("lab: names", () => {
  const record = (name: string, type: string, ...values: string[]) => ({ name, type, ttl: 60, values });
  const names = new Names(
    describedRegion({
      endpoints: [
        {
          id: "vpce-1",
          vpcId: "vpc-1",
          vpcCidrs: ["10.20.0.0/16"],
          names: ["vpce-1-a.ec2.us-east-1.vpce.amazonaws.com", "ec2.us-east-1.amazonaws.com"],
          addresses: ["10.20.0.5", "10.20.1.5"],
          securityGroupIds: [],
        },
      ],
      dns: [
        {
          zone: "kafka.internal",
          vpcIds: ["vpc-1"],
          records: [
            record("Kafka-1.kafka.internal.", "A", "10.20.0.11"),
            record("first.kafka.internal", "CNAME", "kafka-1.kafka.internal."),
            record("loop.kafka.internal", "CNAME", "loop.kafka.internal"),
            record("kafka.internal", "SOA", "ns. host. 1 2 3 4 5"),
          ],
        },
      ],
    }),
  );
  const [inside, elsewhere] = ["10.20.0.11", "10.30.0.11"];

  it("resolves records, through CNAME records too, and EC2's own names", () => {
    assert.deepEqual(names.resolve(inside, "kafka-1.kafka.internal"), ["10.20.0.11"]);
    assert.deepEqual(names.resolve(inside, "FIRST.kafka.internal."), ["10.20.0.11"]);
    assert.deepEqual(names.resolve(inside, "loop.kafka.internal"), []);
    assert.deepEqual(names.resolve(elsewhere, "ip-10-20-0-11.ec2.internal"), ["10.20.0.11"]);
    assert.equal(names.resolve(inside, "kafka-2.kafka.internal"), undefined);
  });

  it("keeps what is private to the VPCs that have it: zones, and services that an endpoint answers for", () => {
    assert.equal(names.resolve(elsewhere, "kafka-1.kafka.internal"), undefined);
    assert.deepEqual(names.resolve(inside, "ec2.us-east-1.amazonaws.com"), ["10.20.0.5", "10.20.1.5"]);
    assert.deepEqual(names.resolve(elsewhere, "ec2.us-east-1.amazonaws.com"), ["198.51.100.1"]);
    assert.deepEqual(names.resolve(elsewhere, "bucket.s3.us-east-1.amazonaws.com"), ["198.51.100.4"]);
  });

  it("knows an endpoint's own name everywhere, and no other endpoint", () => {
    const own = "vpce-1-a.ec2.us-east-1.vpce.amazonaws.com";
    assert.deepEqual(names.resolve(elsewhere, own), ["10.20.0.5", "10.20.1.5"]);
    assert.equal(names.resolve(elsewhere, own.replace("vpce-1", "vpce-2")), undefined);
    assert.equal(names.resolve(inside, "example.com"), undefined);
  });

  it("answers queries as RFC 1035 has them, and nothing else", () => {
    const query = (name: string, type: number) =>
      Buffer.concat([
        Buffer.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]),
        ...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
        Buffer.from([0, 0, type, 0, 1]),
      ]);
    const ask = (name: string, type: number) => answerQuery(query(name, type), (asked) => names.resolve(inside, asked));
    const found = ask("kafka-1.kafka.internal", 1);
    assert.equal(found?.subarray(0, 12).toString("hex"), "123485800001000100000000");
    assert.equal(found?.subarray(-16).toString("hex"), "c00c00010001000000050004" + "0a14000b");
    // No IPv6 address, but the name is there; and a name that is not.
    assert.equal(ask("kafka-1.kafka.internal", 28)?.subarray(2, 8).toString("hex"), "858000010000");
    assert.equal(ask("nobody.internal", 1)?.subarray(2, 8).toString("hex"), "858300010000");
    for (const text of ["", "00", "123401000001000000000000ff"])
      assert.equal(
        answerQuery(Buffer.from(text, "hex"), () => []),
        undefined,
      );
  });

  it("keeps the names of router ports within 15 characters and apart", () => {
    assert.equal(routerPort("i-0123456789abcdef0").length, 14);
    assert.notEqual(routerPort("i-0123456789abcdef0"), routerPort("i-0123456789abcdef1"));
  });

  it("calls a disk what EC2's udev rules call it", () => {
    assert.equal(diskLink("vol-0ab"), "nvme-Amazon_Elastic_Block_Store_vol0ab");
  });
});

describe("lab: the API's proxy", () => {
  const signed = (service: string) => ({
    authorization:
      `AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/${service}/aws4_request, ` +
      "SignedHeaders=host, Signature=0",
  });

  it("knows the service from the signature in the header or in a presigned URL", () => {
    assert.equal(serviceOf(signed("ec2"), "/"), "ec2");
    assert.equal(
      serviceOf({}, "/b/k?X-Amz-Credential=test%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60"),
      "s3",
    );
    assert.equal(serviceOf({}, "/"), undefined);
  });

  it("finds the bucket in the name of the host", () => {
    assert.equal(pathOf("b-1.s3.us-east-1.amazonaws.com", "/k?x"), "/b-1/k?x");
    assert.equal(pathOf("b-1.s3.amazonaws.com:443", "/k"), "/b-1/k");
    assert.equal(pathOf("s3.us-east-1.amazonaws.com", "/b/k"), "/b/k");
    assert.equal(pathOf("ec2.us-east-1.amazonaws.com", "/"), "/");
  });

  it("holds back the answers whose effect the caller may count on", () => {
    assert.equal(waitsForEffect("ec2", "POST", "AttachVolume"), true);
    assert.equal(waitsForEffect("ec2", "POST", "AuthorizeSecurityGroupIngress"), true);
    assert.equal(waitsForEffect("ec2", "POST", "RunInstances"), false);
    assert.equal(waitsForEffect("ec2", "POST", "DescribeInstances"), false);
    assert.equal(waitsForEffect("route53", "POST", undefined), true);
    assert.equal(waitsForEffect("route53", "GET", undefined), false);
    assert.equal(waitsForEffect("s3", "PUT", undefined), false);
  });

  it("passes on what belongs to the message and not what belongs to the connection", () => {
    const passed = passedHeaders({ host: "198.51.100.1:4566", connection: "keep-alive", expect: "100-continue" });
    assert.deepEqual(passed, { host: "198.51.100.1:4566" });
  });
});

describe("lab: processes and mounts", () => {
  it("tells a process from a later one with the same id", () => {
    const self = identify(process.pid);
    assert.ok(self);
    assert.equal(isAlive(self), true);
    assert.equal(isAlive({ ...self, startTime: "1" }), false);
  });

  it("says which command failed, how, and what it wrote", async () => {
    await assert.rejects(run("sh", ["-c", "echo no such thing >&2; exit 3"]), /`sh -c .*` failed \(3\): no such thing/);
    await assert.rejects(run("sleep", ["10"], { timeoutMs: 50 }), /`sleep 10` failed \(SIGKILL\)/);
  });

  it("finds the mounts of a folder, deepest first, and no others", () => {
    const info = [
      "22 1 254:0 / / rw - ext4 /dev/vda rw",
      "30 22 0:30 / /lab/instances/a\\040b/root rw - overlay x rw",
      "31 30 0:31 / /lab/instances/a\\040b/root/proc rw - proc proc rw",
      "32 22 0:32 / /laboratory rw - tmpfs tmpfs rw",
      "",
    ].join("\n");
    assert.deepEqual(mountsBelow("/lab", info), ["/lab/instances/a b/root/proc", "/lab/instances/a b/root"]);
  });
});

describe("lab: what is kept equal to a description", () => {
  it("makes what is missing, removes what is gone, and tries again what failed", async () => {
    const done: string[] = [];
    let broken = true;
    const kept = new KeptEqual(
      (one) => {
        if (one === "c" && broken) return Promise.reject(new Error("c can't be made"));
        done.push(`+${one}`);
        return Promise.resolve(one.toUpperCase());
      },
      (one, made) => done.push(`-${one} ${made}`),
    );
    await kept.apply(["a", "b"]);
    await kept.apply(["a", "b"]);
    await assert.rejects(kept.apply(["b", "c"]), /c can't be made/);
    broken = false;
    await kept.apply(["b", "c"]);
    await kept.apply([]);
    assert.equal(done.join(" "), "+a +b +c -a A -b B -c C");
  });
});

describe("lab: control groups", () => {
  const machine = (...files: string[]): string => {
    const base = mkdtempSync(join(tmpdir(), "cgroup-"));
    for (const file of files) {
      mkdirSync(join(base, dirname(file)), { recursive: true });
      writeFileSync(join(base, file), "");
    }
    return base;
  };
  const kinds = (base: string): string[] => {
    const found = hierarchies(base).map((one) => one.kind);
    rmSync(base, { recursive: true });
    return found;
  };

  it("finds version 2, version 1, and both at once", () => {
    assert.deepEqual(kinds(machine("cgroup.controllers", "cgroup.procs")), ["v2"]);
    assert.deepEqual(kinds(machine("systemd/cgroup.procs", "memory/cgroup.procs")), ["systemd", "memory"]);
    const hybrid = machine(
      "unified/cgroup.controllers",
      "systemd/cgroup.procs",
      "freezer/cgroup.procs",
      "cpu/cgroup.procs",
    );
    assert.deepEqual(kinds(hybrid), ["v2", "systemd", "freezer"]);
    assert.deepEqual(kinds(machine()), []);
  });
});

describe("lab: work in order", () => {
  it("does one thing at a time for a key, and keys side by side", async () => {
    const queue = new KeyedQueue();
    const events: string[] = [];
    const work = (name: string, ms: number) => async () => {
      events.push(`${name} begins`);
      await delay(ms);
      events.push(`${name} ends`);
    };
    const slow = queue.run("a", work("a1", 30));
    const next = queue.run("a", work("a2", 1));
    const other = queue.run("b", work("b1", 1));
    assert.equal(queue.isBusy("a"), true);
    await Promise.all([slow, next, other]);
    assert.deepEqual(
      events.filter((event) => event.startsWith("a")),
      ["a1 begins", "a1 ends", "a2 begins", "a2 ends"],
    );
    assert.ok(events.indexOf("b1 ends") < events.indexOf("a1 ends"));
    await queue.idle();
    assert.equal(queue.isBusy("a"), false);
  });

  it("goes on after work that failed", async () => {
    const queue = new KeyedQueue();
    const failed = queue.run("a", () => Promise.reject(new Error("no")));
    const next = queue.run("a", () => Promise.resolve("done"));
    await assert.rejects(failed, /no/);
    assert.equal(await next, "done");
  });
});
