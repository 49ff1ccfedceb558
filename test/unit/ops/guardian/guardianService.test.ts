import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeCluster } from "../../../../planning/cluster/clusterDescription";
import { bundle } from "../../../../artifacts/bundle";
import { readState } from "../../../../ops/guardian/stateFile";
import { awsGroups } from "../../../../ops/guardian/groups";
import { sampleSettings } from "../../settings/sampleSettings";

const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

const described = `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeAutoScalingGroupsResult><AutoScalingGroups>
    <member><AutoScalingGroupName>c-kafka-1</AutoScalingGroupName><Instances>
      <member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus></member>
    </Instances></member>
    <member><AutoScalingGroupName>c-kafka-2</AutoScalingGroupName><Instances>
      <member><InstanceId>i-3</InstanceId><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus></member>
      <member><InstanceId>i-2</InstanceId><LifecycleState>Terminating</LifecycleState><HealthStatus>Unhealthy</HealthStatus></member>
    </Instances><SuspendedProcesses><member><ProcessName>Launch</ProcessName></member></SuspendedProcesses></member>
    <member><AutoScalingGroupName>c-kafka-3</AutoScalingGroupName><Instances/></member>
  </AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`;
const noGroups = `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeAutoScalingGroupsResult/></DescribeAutoScalingGroupsResponse>`;
const activities = (latest: string) =>
  `<DescribeScalingActivitiesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeScalingActivitiesResult>${latest}</DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>`;
const noCapacity = "<Activities><member><StatusMessage>no capacity</StatusMessage></member></Activities>";
const done = `<SetInstanceHealthResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"/>`;
const ended = done.replace("SetInstanceHealthResponse", "TerminateInstanceInAutoScalingGroupResponse");
const denied = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not allowed</Message></Error></ErrorResponse>`;

describe("the guardian and Auto Scaling", () => {
  const requests: URLSearchParams[] = [];
  let refuse: RegExp | undefined;
  let latest = noCapacity;
  let groupsFound = described;
  let server: Server;
  const outer = { ...process.env };
  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const query = new URLSearchParams(body);
        requests.push(query);
        const answers: Record<string, string> = {
          DescribeAutoScalingGroups: groupsFound,
          DescribeScalingActivities: activities(latest),
          SetInstanceHealth: done,
          TerminateInstanceInAutoScalingGroup: ended,
        };
        const action = query.get("Action") ?? "";
        const refused = refuse?.test(action) === true;
        response.writeHead(refused ? 403 : 200, { "content-type": "text/xml" });
        response.end(refused ? denied : answers[action]);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, credentials, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    for (const name of ["AWS_ENDPOINT_URL", ...Object.keys(credentials)]) {
      if (outer[name] === undefined) delete process.env[name];
      else process.env[name] = outer[name];
    }
  });

  it("reads of each group the instance that decides, what is suspended, and why there is none", async () => {
    const names = ["c-kafka-1", "c-kafka-2", "c-kafka-3"];
    const found = await (await awsGroups("us-east-1")).describe(names);
    const groupsAsked = requests.find((one) => one.get("Action") === "DescribeAutoScalingGroups");
    assert.deepEqual(
      [1, 2, 3, 4].map((index) => groupsAsked?.get(`AutoScalingGroupNames.member.${index}`)),
      [...names, null],
    );
    const activitiesAsked = requests.filter((one) => one.get("Action") === "DescribeScalingActivities");
    assert.deepEqual(
      activitiesAsked.map((one) => one.get("AutoScalingGroupName")),
      ["c-kafka-3"],
    );
    assert.deepEqual(JSON.parse(JSON.stringify([...found])), [
      ["c-kafka-1", { instance: { id: "i-1", lifecycleState: "InService", healthy: true }, suspended: [] }],
      ["c-kafka-2", { instance: { id: "i-2", lifecycleState: "Terminating", healthy: false }, suspended: ["Launch"] }],
      ["c-kafka-3", { suspended: [], lastActivity: "no capacity" }],
    ]);
  });

  it("does without a group's latest activity where there is none, or AWS does not tell it", async () => {
    const described = "<Activities><member><Description>Launching an instance</Description></member></Activities>";
    const activityOf = async () =>
      (await (await awsGroups("us-east-1")).describe(["c-kafka-3"])).get("c-kafka-3")?.lastActivity;
    for (const [answer, expected] of [
      ["<Activities/>", undefined],
      ["", undefined],
      [described, "Launching an instance"],
    ]) {
      latest = answer ?? "";
      assert.equal(await activityOf(), expected);
    }
    refuse = /Activities/;
    assert.equal(await activityOf(), undefined);
    refuse = undefined;
    groupsFound = noGroups;
    assert.equal((await (await awsGroups("us-east-1")).describe(["c-kafka-3"])).size, 0);
    groupsFound = described;
  });

  it("marks an instance unhealthy whatever the grace period, and passes a refusal on", async () => {
    const groups = await awsGroups("us-east-1");
    await groups.markUnhealthy("i-1");
    const sent = requests.at(-1);
    assert.deepEqual(
      ["Action", "InstanceId", "HealthStatus", "ShouldRespectGracePeriod"].map((key) => sent?.get(key)),
      ["SetInstanceHealth", "i-1", "Unhealthy", "false"],
    );
    refuse = /./;
    // AWS has answered: nothing has to be said of the way to it.
    await assert.rejects(groups.markUnhealthy("i-1"), /^Error: autoscaling SetInstanceHealth: .*not allowed$/);
    refuse = undefined;
  });

  it("ends an instance whose group then starts another: the group stays one of one; and passes a refusal on", async () => {
    const groups = await awsGroups("us-east-1");
    await groups.replace("i-1");
    const sent = requests.at(-1);
    assert.deepEqual(
      ["Action", "InstanceId", "ShouldDecrementDesiredCapacity"].map((key) => sent?.get(key)),
      ["TerminateInstanceInAutoScalingGroup", "i-1", "false"],
    );
    refuse = /./;
    await assert.rejects(groups.replace("i-1"), /TerminateInstanceInAutoScalingGroup: .*not allowed/);
    refuse = undefined;
  });
});

describe("the guardian as a service", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "guardian-service-"));
  const [program, description, state] = ["kafka-ops.js", "cluster.json", "state.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  // Nobody listens on these ports of this machine, nor where AWS is said to be.
  const here = describeCluster(sampleSettings(), "bucket");
  const local = <T extends object>(node: T) => ({ ...node, privateIp: "127.0.0.77" });
  const cluster = { ...here, brokers: here.brokers.map(local), zookeeper: here.zookeeper.map(local) };
  const children: ChildProcess[] = [];
  before(async () => {
    writeFileSync(program, await bundle("ops/kafkaOps"));
    writeFileSync(description, JSON.stringify(cluster));
  });
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  function start() {
    const environment = { ...process.env, ...credentials, AWS_ENDPOINT_URL: "http://127.0.0.77:9" };
    const child = spawn(process.execPath, [program, "guardian", "--cluster", description, "--state", state], {
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const output = { text: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.text += chunk.toString()));
    return { child, output };
  }

  async function until(what: () => boolean): Promise<void> {
    while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it("survives a look at nothing, carries on after kill -9, and makes way for a new version", async () => {
    const first = start();
    await until(() => existsSync(state));
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    assert.match(first.output.text, /watching 8 nodes, patience 300 s/);
    assert.match(first.output.text, /kafka-1: out since .*connection refused/);
    assert.match(first.output.text, /the groups can't be asked: /);
    const before = readState(state);

    const second = start();
    await until(() => (readState(state)?.lookedAt ?? 0) > (before?.lookedAt ?? 0));
    assert.equal(readState(state)?.nodes["kafka-1"]?.outSince, before?.nodes["kafka-1"]?.outSince);
    assert.doesNotMatch(second.output.text, /kafka-1/, "what was said is not said again");
    writeFileSync(description, JSON.stringify({ ...cluster, guardian: { ...cluster.guardian, enabled: false } }));
    const [code] = (await once(second.child, "exit")) as [number];
    assert.equal(code, 0);
    assert.match(second.output.text, /cluster\.json has changed: starting anew/);

    const third = start();
    await until(() => third.output.text.includes("\n"));
    assert.match(third.output.text, /guardianEnabled is false: nothing is watched/);
  });
});
