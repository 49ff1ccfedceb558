import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** S3 gives these answers to ListObjectsV2, one a call, the last one for ever: a key, None or an error's name. */
function s3Answers(...answers: string[]): string {
  return `
echo '${answers.join("\n")}' >"$SANDBOX/answers"; rm -f "$SANDBOX/calls"
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
answer=$(head -n "$(wc -l <"$SANDBOX/calls")" "$SANDBOX/answers" | tail -n 1)
case $answer in
None | state/*) echo "$answer" ;;
"") ;;
*) echo "An error occurred ($answer) when calling the ListObjectsV2 operation" >&2; exit 254 ;;
esac
END
sed -i 's/sleep 3/sleep 0.1/' /opt/kafka-node/lib/common.sh
data=/var/lib/zookeeper/data
plug; mount-data-volume
may_vote() { [[ -f $data/initialize ]]; }
`;
}

const marker = "state/zookeeper-initialized";

describe("an empty ZooKeeper node", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({ NODE_ROLE: "zookeeper", NODE_NAME: "zookeeper-2", NODE_ID: "2" });
  });
  afterEach(() => sandbox.remove());

  function succeeds(scenario: string): string {
    const { status, output } = sandbox.run(scenario);
    assert.equal(status, 0, output);
    return output;
  }

  it("may vote at the ensemble's very first start", () => {
    succeeds(`${s3Answers("None")} prepare-zookeeper; may_vote; [[ $(<$data/myid) == 2 ]]
      grep -q -- "--bucket the-bucket --prefix ${marker}" "$SANDBOX/calls"`);
  });

  it("may still vote when the first start was cut off before anything was stored", () => {
    succeeds(`${s3Answers("None")} prepare-zookeeper; rm $data/initialize; mkdir $data/version-2
      touch $data/version-2/acceptedEpoch; prepare-zookeeper; may_vote`);
  });

  it("may not vote once the ensemble has been started", () => {
    succeeds(`${s3Answers(marker)} touch $data/initialize; prepare-zookeeper; ! may_vote`);
  });

  for (const error of ["AccessDenied", "NoSuchBucket", "InternalError"]) {
    it(`does not take ${error} for an answer: it asks again`, () => {
      const output = succeeds(`${s3Answers(error, error, marker)} prepare-zookeeper; ! may_vote; call_count`);
      assert.match(output, /^3$/m);
    });
  }

  it("does not start when the bucket never answers", () => {
    for (const answer of ["AccessDenied", ""]) {
      const { status, output } = sandbox.run(
        `${s3Answers(answer)} sed -i 's/retry 900/retry 1/' /opt/kafka-node/bin/prepare-zookeeper; trap 'if ` +
          "may_vote; then echo voted; fi' EXIT; prepare-zookeeper",
      );
      assert.notEqual(status, 0);
      assert.match(output, /can't tell whether s3:\/\/the-bucket\/state\/zookeeper-initialized exists/);
      assert.doesNotMatch(output, /voted/);
    }
  });

  for (const file of ["snapshot.0", "log.1"]) {
    it(`is not empty with ${file}, and the bucket is not asked`, () => {
      const output = succeeds(`${s3Answers("AccessDenied")} mkdir $data/version-2; touch $data/version-2/${file}
        prepare-zookeeper; ! may_vote; call_count`);
      assert.match(output, /^0$/m);
    });
  }
});
