import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hierarchies } from "../../lab/runtime/cgroups";
import { renderHosts } from "../../lab/runtime/dns";
import { routerPort } from "../../lab/runtime/names";
import { identify, isAlive, run } from "../../lab/runtime/processes";
import { passedHeaders, serviceOf, waitsForEffect } from "../../lab/runtime/proxy";
import { mountsBelow } from "../../lab/runtime/sweep";
import { diskLink } from "../../lab/runtime/volumes";
import { KeyedQueue } from "../../lab/runtime/waiting";
import { describedRegion } from "./labFixtures";

describe("lab: names", () => {
  it("resolves records, through CNAME records too, and EC2's own names", () => {
    const record = (name: string, type: string, ...values: string[]) => ({ name, type, ttl: 60, values });
    const hosts = renderHosts(
      describedRegion({
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
    assert.equal(
      hosts,
      "10.20.0.11 first.kafka.internal\n10.20.0.11 ip-10-20-0-11.ec2.internal\n10.20.0.11 kafka-1.kafka.internal\n",
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
    authorization: `AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  it("knows the service from the signature in the header or in a presigned URL", () => {
    assert.equal(serviceOf(signed("ec2"), "/"), "ec2");
    assert.equal(
      serviceOf({}, "/b/k?X-Amz-Credential=test%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60"),
      "s3",
    );
    assert.equal(serviceOf({}, "/"), undefined);
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
