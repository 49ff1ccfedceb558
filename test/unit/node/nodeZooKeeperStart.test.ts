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

let sandbox: NodeSandbox;

function beginSandbox(): void {
  sandbox = new NodeSandbox({ NODE_ROLE: "zookeeper", NODE_NAME: "zookeeper-2", NODE_ID: "2" });
}

function endSandbox(): void {
  sandbox.remove();
}

function succeeds(scenario: string): string {
  const { status, output } = sandbox.run(scenario);
  assert.equal(status, 0, output);
  return output;
}

describe("an empty ZooKeeper node", function () {
  before(needsRoot);
  beforeEach(beginSandbox);
  afterEach(endSandbox);

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

const noSnapshot = `Unable to load database on disk
java.io.IOException: No snapshot found, but there are log entries. Something is broken!`;

const leader = { zk_server_state: "leader", zk_peer_state: "leading - broadcast", zk_synced_followers: "1" };
const follower = { zk_server_state: "follower", zk_peer_state: "following - broadcast" };

/** The others answer mntr like this, a server each: zookeeper-1 and so on, without zookeeper-2 itself. */
function others(...answers: Record<string, string>[]): string {
  const ids = [1, 3, 4, 5].slice(0, answers.length);
  const text = (answer: Record<string, string>) =>
    Object.entries(answer)
      .map(([key, value]) => `${key}\\t${value}\\n`)
      .join("");
  return `
printf '%s\\n' clientPort=21811 server.2=127.0.1.2:2888:3888 \
  ${ids.map((id) => `server.${id}=127.0.1.${id}:2888:3888`).join(" ")} >/etc/kafka-node/zoo.cfg
cat >"$SANDBOX/mntr.py" <<'END'
import socket, sys
server = socket.create_server((sys.argv[1], 21811))
print("ready", flush=True)
while True:
    connection, _ = server.accept()
    connection.recv(4)
    connection.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
    connection.close()
END
serve() { coproc python3 "$SANDBOX/mntr.py" "$1" "$2" 2>/dev/null; servers+=($!); read -r <&"\${COPROC[0]}"; }
servers=()
trap 'kill "\${servers[@]}" 2>/dev/null || true' EXIT
${answers.map((answer, index) => (Object.keys(answer).length === 0 ? "" : `serve 127.0.1.${ids[index]} '${text(answer)}'`)).join("\n")}
`;
}

/** ZooKeeper's last start ended with these words about the database. */
function unreadable(words: string, ...answers: Record<string, string>[]): string {
  return `${s3Answers("None")}${others(...answers)}
mkdir -p $data/version-2 /var/log/zookeeper; echo torn >$data/version-2/log.1; echo 3 >$data/version-2/currentEpoch
echo '${words}' >/var/log/zookeeper/database.log
sed -i 's/SECONDS + 30/SECONDS/' /opt/kafka-node/bin/prepare-zookeeper
sed -i 's/^ANSWER_SECONDS = 3/ANSWER_SECONDS = 1/' /opt/kafka-node/bin/others-have-quorum
is_kept() { [[ $(<$data/version-2/log.1) == torn && -z $(ls -d $data/set-aside-* 2>/dev/null) ]]; }
`;
}

describe("a ZooKeeper node whose database can't be read", function () {
  before(needsRoot);
  beforeEach(beginSandbox);
  afterEach(endSandbox);

  for (const answers of [
    [leader, follower],
    [follower, leader],
  ]) {
    it(`sets it aside while the others are a quorum, the leader ${answers[0] === leader ? "first" : "last"}`, () => {
      const output = succeeds(`${unreadable(noSnapshot, ...answers)} prepare-zookeeper
        [[ ! -e $data/version-2 && $(cat $data/set-aside-*/version-2/log.1) == torn ]]; ! may_vote
        [[ ! -e /var/log/zookeeper/needs-a-person && $(<$data/myid) == 2 ]]
        prepare-zookeeper; ! may_vote; ls $data | grep -c set-aside`);
      assert.match(output, /ITS DATABASE COULD NOT BE READ \(java.io.IOException: No snapshot found/);
      assert.match(output, /^1$/m);
    });
  }

  const quorumLess: [string, Record<string, string>[], RegExp][] = [
    ["one other node does not answer", [leader, {}], /zookeeper-1: leader, zookeeper-3: no answer/],
    ["no other node answers", [{}, {}], /no leader/],
    ["they elect", [{}, { zk_server_state: "looking" }], /no leader/],
    [
      "the other follower is itself copying what it lost",
      [leader, { ...follower, zk_peer_state: "following - synchronization" }],
      /1 of them serve with all data, and 2 are wanted/,
    ],
    ["the leader has no follower in sync", [{ ...leader, zk_synced_followers: "0" }, follower], /2 are wanted/],
    ["the leader does not lead yet", [{ ...leader, zk_peer_state: "leading - synchronization" }, follower], /wanted/],
    ["both say that they lead", [leader, leader], /more than one leader/],
    ["two of five are well", [leader, follower, {}, {}], /2 of them serve with all data, and 3 are wanted/],
  ];
  for (const [name, answers, reason] of quorumLess) {
    it(`keeps it when ${name}, says so, and lets ZooKeeper try again`, () => {
      const output = succeeds(`${unreadable(noSnapshot, ...answers)} prepare-zookeeper; is_kept; ! may_vote
        grep -q "can't be read" /var/log/zookeeper/needs-a-person`);
      assert.match(output, reason);
    });
  }

  it("counts a majority of five, not all of them", () => {
    const five = [{ ...leader, zk_synced_followers: "2" }, follower, follower, {}];
    succeeds(`${unreadable(noSnapshot, ...five)} prepare-zookeeper; [[ ! -e $data/version-2 ]]`);
  });

  it("sets it aside as soon as the others are a quorum", () => {
    succeeds(`${unreadable(noSnapshot, leader, {})} prepare-zookeeper; is_kept
      serve 127.0.1.3 'zk_server_state\\tfollower\\nzk_peer_state\\tfollowing - broadcast\\n'
      prepare-zookeeper; [[ ! -e $data/version-2 && ! -e /var/log/zookeeper/needs-a-person ]]`);
  });

  for (const words of [
    "No space left on device",
    "Input/output error",
    "version-2/log.1 (Permission denied)",
    "java.lang.OutOfMemoryError: Java heap space",
  ]) {
    it(`keeps it for what is no fault of the database: ${words}`, () => {
      succeeds(`${unreadable(`Unable to load database on disk\njava.io.IOException: ${words}`, leader, follower)}
        prepare-zookeeper; is_kept`);
    });
  }

  it("keeps it when the last start ended otherwise", () => {
    succeeds(`${unreadable("Unexpected exception, exiting abnormally", leader, follower)} prepare-zookeeper; is_kept`);
    succeeds(`${unreadable("", leader, follower)} rm /var/log/zookeeper/database.log; prepare-zookeeper; is_kept`);
  });

  it("keeps the last two of what it set aside", () => {
    const output = succeeds(`${unreadable(noSnapshot, leader, follower)}
      for time in 20260101T000000Z 20260102T000000Z 20260103T000000Z; do mkdir -p $data/set-aside-$time/version-2; done
      prepare-zookeeper; ls $data`);
    assert.doesNotMatch(output, /set-aside-2026010[12]T/);
    assert.match(output, /set-aside-20260103T000000Z\nset-aside-/);
  });

  it("does not vote with an empty database, whatever the bucket says", () => {
    succeeds(`${unreadable(noSnapshot, leader, follower)} touch $data/initialize; prepare-zookeeper; ! may_vote`);
  });
});
