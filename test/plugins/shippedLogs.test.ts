import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ensureBaseImage } from "../../lab/setup/baseImage";
import { showLogs } from "../../ops/logs/logs";
import { ShippedJournals } from "../../ops/logs/shipped";
import { describeCluster } from "../../planning/cluster/clusterDescription";
import { instanceTrustPolicy, nodePolicy } from "../../planning/node/nodePolicy";
import { opsPolicy } from "../../planning/node/opsPolicy";
import { needsPython } from "../unit/node/nodePrograms";
import { sampleSettings } from "../unit/settings/sampleSettings";
import { labImage, makeNetwork } from "./emulatorNodes";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";

const bucketArn = "arn:aws:s3:::the-bucket";
const cluster = describeCluster(sampleSettings(), "the-bucket");
/** 2026-11-29T01:00:00Z, and so many seconds. */
const at = (seconds: number) => Date.UTC(2026, 10, 29, 1) + seconds * 1000;

describe("a node's journal in the bucket", function () {
  this.timeout(120_000);
  before(needsPython);

  let emulator: EmulatorProcess;
  let metadata: Server;
  let shipper: ChildProcess | undefined;
  const folder = mkdtempSync(join(tmpdir(), "shipped-logs-"));
  before(async () => {
    emulator = await startEmulator([]);
    await emulator.s3.send(new CreateBucketCommand({ Bucket: "the-bucket" }));
  });
  after(async () => {
    shipper?.kill("SIGKILL");
    metadata?.close();
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An instance with a role that has this policy, and its credentials. */
  async function instanceWith(name: string, policy: string) {
    const { iam, ec2, daemon } = emulator;
    const role = { RoleName: name, InstanceProfileName: name };
    await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: instanceTrustPolicy }));
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyName: "own", PolicyDocument: policy }));
    await iam.send(new CreateInstanceProfileCommand(role));
    await iam.send(new AddRoleToInstanceProfileCommand(role));
    const { subnetId } = await makeNetwork(emulator);
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ...{ ImageId: labImage, InstanceType: "t3.micro", SubnetId: subnetId, MinCount: 1, MaxCount: 1 },
        IamInstanceProfile: { Name: name },
      }),
    );
    const id = Instances?.[0]?.InstanceId ?? "";
    const held = await daemon.credentials(id);
    assert.ok(held);
    return { id, held };
  }

  it("is put there by the node's role, and read by the ops host's, when the machine is no more", async () => {
    const node = await instanceWith(
      "node",
      nodePolicy({
        ...{ clusterName: "c", node: "kafka-3", role: "kafka", region: "us-east-1", bucketArn },
        volumeArn: "arn:aws:ec2:us-east-1:123456789012:volume/vol-1",
        volumeKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k",
      }),
    );
    const ops = await instanceWith(
      "ops",
      opsPolicy({ clusterName: "c", region: "us-east-1", account: "123456789012", parameterArns: ["*"], bucketArn }),
    );
    const answers: Readonly<Record<string, string>> = {
      "/latest/api/token": "token",
      "/latest/meta-data/instance-id": node.id,
      "/latest/meta-data/iam/security-credentials/": "node",
      "/latest/meta-data/iam/security-credentials/node": JSON.stringify(node.held),
    };
    metadata = createServer((request, response) => response.end(answers[request.url ?? ""]));
    await once(metadata.listen(0, "127.0.0.1"), "listening");

    for (const name of ["bin", "state"]) mkdirSync(join(folder, name));
    const program = (name: string, script: string) =>
      writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    program("journalctl", `exec tail -n +1 -f "${folder}/journal"`);
    const says = (number: number, message: string) =>
      appendFileSync(
        join(folder, "journal"),
        `${JSON.stringify({
          ...{ __CURSOR: `s=a;i=${number};x=x`, __REALTIME_TIMESTAMP: String(at(number) * 1000) },
          ...{ MESSAGE: message, _SYSTEMD_UNIT: "kafka.service", SYSLOG_IDENTIFIER: "java" },
        })}\n`,
      );
    says(1, "INFO started");
    shipper = spawn("python3", ["-BIS", join(__dirname, "../../node/bin/ship-logs")], {
      env: {
        PATH: `${folder}/bin:${process.env.PATH}`,
        ...{ NODE_NAME: "kafka-3", ARTIFACT_BUCKET: "the-bucket", AWS_REGION: "us-east-1" },
        ...{ STATE_DIRECTORY: join(folder, "state"), SHIP_LOGS_SECONDS: "0.2" },
        SHIP_LOGS_BUCKET_URL: `${emulator.endpoint}/the-bucket`,
        SHIP_LOGS_METADATA_URL: `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    shipper.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const shipped = async (bytes: number) => {
      for (const deadline = Date.now() + 30_000; ; await pause(100)) {
        const { Contents = [] } = await emulator.s3.send(new ListObjectsV2Command({ Bucket: "the-bucket" }));
        const size = Contents[0]?.Size ?? 0;
        if (Contents.length === 1 && size > bytes) return size;
        assert.ok(Date.now() < deadline, `nothing new in the bucket within 30 s\n${said}`);
      }
    };
    const first = await shipped(0);
    says(2, "ERROR the disk is on fire\nat line 1");
    await shipped(first);

    const { rootfs } = await ensureBaseImage();
    program(
      "aws",
      [
        `export AWS_ACCESS_KEY_ID=${ops.held.AccessKeyId} AWS_SECRET_ACCESS_KEY=${ops.held.SecretAccessKey}`,
        `export AWS_SESSION_TOKEN=${ops.held.Token} PYTHONPATH=${rootfs}/opt/aws-cli PYTHONDONTWRITEBYTECODE=1`,
        `exec python3 -s ${rootfs}/opt/aws-cli/bin/aws --endpoint-url ${emulator.endpoint} "$@"`,
      ].join("\n"),
    );
    // No machine answers here.
    program("ssh", "exit 255");
    const path = process.env.PATH;
    process.env.PATH = `${folder}/bin:${path}`;
    const [lines, notes]: [string[], string[]] = [[], []];
    try {
      const bucket = new ShippedJournals(cluster, join(folder, "bin", "aws"));
      const request = { nodes: ["kafka-3"], fromMs: at(0), follow: false, json: false };
      const output = { print: (line: string) => lines.push(line), note: (line: string) => notes.push(line) };
      assert.equal(await showLogs(cluster, request, bucket, output), true, notes.join("\n"));
    } finally {
      process.env.PATH = path;
    }
    assert.deepEqual(lines.join("\n").split("\n"), [
      "2026-11-29T01:00:01.000Z kafka-3 kafka: INFO started",
      "2026-11-29T01:00:02.000Z kafka-3 kafka: ERROR the disk is on fire",
      "2026-11-29T01:00:02.000Z kafka-3 kafka: at line 1",
    ]);
    assert.match(notes[0] ?? "", new RegExp(`does not answer by SSH: .*: from the bucket \\(${node.id}\\), up to `));
  });
});
