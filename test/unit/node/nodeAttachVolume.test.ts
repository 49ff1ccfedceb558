import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** A metadata service that knows IMDSv2 only. */
const metadataService = `
stub curl <<'END'
[[ "$*" == *"-X PUT"* ]] && { echo token; exit; }
[[ "$*" == *"X-aws-ec2-metadata-token: token"*/latest/meta-data/instance-id ]] && { echo i-0aaa; exit; }
exit 22
END
`;

/** EC2 answers AttachVolume with these errors one after the other and then attaches the volume. */
function ec2Refuses(...errors: string[]): string {
  return `
echo '${errors.join("\n")}' >"$SANDBOX/errors"; rm -f "$SANDBOX/calls"
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
error=$(sed -n "$(wc -l <"$SANDBOX/calls")p" "$SANDBOX/errors")
[[ -z $error ]] || { echo "An error occurred ($error) when calling the AttachVolume operation: no" >&2; exit 254; }
(sleep 0.5; ln -s "$LOOP_DEVICE" "$device_link") &
echo attaching
END
sed -i 's/sleep 3/sleep 0.1/' /opt/kafka-node/bin/attach-data-volume /opt/kafka-node/lib/common.sh
`;
}

describe("attaching the data volume", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  before(() => {
    sandbox = new NodeSandbox({ EC2_ENDPOINT_URL: "https://vpce-1.ec2.us-east-1.vpce.amazonaws.com" });
  });
  after(() => sandbox.remove());

  it("asks for the node's own volume at the cluster's endpoint, and waits for its device", () => {
    const { status, output } = sandbox.run(
      `${metadataService}${ec2Refuses()} attach-data-volume; [[ -b $device_link ]]; cat "$SANDBOX/calls"`,
    );
    assert.equal(status, 0, output);
    assert.match(
      output,
      /--endpoint-url https:\/\/vpce-1\.ec2\S+ ec2 attach-volume --volume-id vol-0123456789abcdef0 --instance-id i-0aaa --device \/dev\/sdf/,
    );
  });

  it("waits while the old instance holds the volume, and never detaches it", () => {
    const { status, output } = sandbox.run(
      `${metadataService}${ec2Refuses("VolumeInUse", "IncorrectState", "UnauthorizedOperation", "RequestLimitExceeded")}
       attach-data-volume; call_count; ! grep -q detach "$SANDBOX/calls"`,
    );
    assert.equal(status, 0, output);
    assert.match(output, /waiting for .*VolumeInUse/);
    assert.match(output, /^5$/m);
  });

  it("calls nobody when the volume is here already, as after a reboot", () => {
    const { status, output } = sandbox.run(`${ec2Refuses("VolumeInUse")} plug; attach-data-volume; call_count`);
    assert.equal(status, 0, output);
    assert.match(output, /^0$/m);
  });

  it("finds the volume that an earlier, interrupted run has attached", () => {
    const refusals = Array<string>(50).fill("VolumeInUse");
    const { status, output } = sandbox.run(
      `${metadataService}${ec2Refuses(...refusals)} (sleep 0.6; ln -s "$LOOP_DEVICE" "$device_link") & ` +
        "attach-data-volume",
    );
    assert.equal(status, 0, output);
  });

  it("waits for the metadata service", () => {
    const { status, output } = sandbox.run(
      `stub curl <<<'exit 7'; (sleep 0.6; ${metadataService}) & ${ec2Refuses()} attach-data-volume`,
    );
    assert.equal(status, 0, output);
    assert.match(output, /trying again .*read_instance_id/);
  });

  it("gives up after its deadline, saying which volume and what EC2 answered last", () => {
    const { status, output } = sandbox.run(`${metadataService}${ec2Refuses(...Array<string>(500).fill("VolumeInUse"))}
      sed -i 's/wait_seconds=900/wait_seconds=2/' /opt/kafka-node/bin/attach-data-volume; attach-data-volume`);
    assert.equal(status, 1);
    assert.match(output, /error: vol-0123456789abcdef0 did not become .* within 2 s; last answer: .*VolumeInUse/);
  });

  it("says that the volume is gone, and the command that gives the node another", () => {
    const { output } = sandbox.run(
      `${metadataService}${ec2Refuses(...Array<string>(500).fill("InvalidVolume.NotFound"))}
      sed -i 's/wait_seconds=900/wait_seconds=2/' /opt/kafka-node/bin/attach-data-volume; attach-data-volume || true
      cat /var/log/kafka/needs-a-person`,
    );
    assert.match(
      output,
      /^its volume vol-0123456789abcdef0 is gone from AWS: npm run deploy .* --replace-volume kafka-3$/m,
    );
  });

  it("gives up at once when the volume is in another zone", () => {
    const { status, output } = sandbox.run(
      `${metadataService}${ec2Refuses("InvalidVolume.ZoneMismatch")} attach-data-volume`,
    );
    assert.equal(status, 1);
    assert.match(output, /another zone/);
  });
});
