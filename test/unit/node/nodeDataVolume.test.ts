import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** in-sync-here says this so many times, and then that an empty broker may start. */
function inSync(line = "", status = 0, times = 0): string {
  return `
cat >/opt/kafka-node/bin/in-sync-here <<'END'
#!/usr/bin/env bash
echo x >>"$SANDBOX/asked"
if (($(wc -l <"$SANDBOX/asked") <= ${times})); then echo "${line}"; exit ${status}; fi
END
rm -f "$SANDBOX/asked"
`;
}

describe("a node's data volume", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox();
  });
  afterEach(() => sandbox.remove());

  /** Runs a scenario that must succeed and returns what it printed. */
  function succeeds(scenario: string): string {
    const { status, output } = sandbox.run(scenario);
    assert.equal(status, 0, output);
    return output;
  }

  /** Mounting must fail with this message and leave every byte of the volume as it is. */
  function refusesUntouched(message: RegExp): void {
    const isUnchanged = sandbox.watchVolume();
    const { status, output } = sandbox.run("plug; mount-data-volume");
    assert.notEqual(status, 0, output);
    assert.match(output, /left untouched/);
    assert.match(output, /to do: /);
    assert.match(output, message);
    assert.ok(isUnchanged(), "the volume was written to");
  }

  it("is formatted and stamped when blank, and keeps its data over reboots", () => {
    succeeds(`
      plug; mount-data-volume
      echo event >/var/lib/kafka/data/log
      mount-data-volume
      grep -qx "node=kafka-3" /var/lib/kafka/.kafka-on-ec2-volume
      [[ $(stat -c %U:%a /var/lib/kafka/data) == kafka:750 ]]
      findmnt --noheadings --output FSTYPE,OPTIONS /var/lib/kafka | grep -E '^xfs .*noatime'
    `);
    const output = succeeds(`plug; mount-data-volume; cat /var/lib/kafka/data/log`);
    assert.match(output, /^event$/m);
    assert.doesNotMatch(output, /formatting/);
  });

  it("is formatted where there is no cmp, as Amazon Linux need not have it", () => {
    succeeds(
      `stub cmp <<<'exit 127'; plug; mount-data-volume; grep -qx "node=kafka-3" /var/lib/kafka/.kafka-on-ec2-volume`,
    );
  });

  it("is left untouched when it can't be read: that is no sign of a blank one", () => {
    const { status, output } = sandbox.run("stub dd <<<'exit 1'; plug; mount-data-volume");
    assert.notEqual(status, 0);
    assert.doesNotMatch(output, /formatting/);
  });

  it("is mounted anew when its filesystem has shut down after I/O errors", () => {
    const output = succeeds(`
      plug; mount-data-volume
      echo event >/var/lib/kafka/data/log; sync
      xfs_io -x -c shutdown /var/lib/kafka
      if ls /var/lib/kafka; then exit 1; fi
      mount-data-volume
      cat /var/lib/kafka/data/log
    `);
    assert.match(output, /has shut down after I\/O errors: mounting it anew/);
    assert.match(output, /^event$/m);
  });

  it("gets its owner back when an instance numbers its users in another way", () => {
    succeeds(`plug; mount-data-volume; touch /var/lib/kafka/data/log; chown -R 501:501 /var/lib/kafka/data`);
    succeeds(`plug; mount-data-volume; [[ $(stat -c %U:%G /var/lib/kafka/data/log) == kafka:kafka ]]`);
  });

  it("is refused when it is stamped for another node", () => {
    succeeds(`plug; sed -i s/kafka-3/kafka-4/ /etc/kafka-node/node.env; mount-data-volume`);
    refusesUntouched(/belongs to another node[\s\S]*expected: .*node=kafka-3[\s\S]*found: .*node=kafka-4/);
  });

  it("is refused when the stamp names another cluster, even on a filesystem made for this node", () => {
    succeeds(`plug; mount-data-volume; sed -i s/cluster=.*/cluster=other/ /var/lib/kafka/.kafka-on-ec2-volume`);
    const { status, output } = sandbox.run("plug; mount-data-volume");
    assert.notEqual(status, 0);
    assert.match(output, /belongs to another node[\s\S]*cluster=other/);
  });

  it("is refused when it holds an XFS filesystem without a stamp, even an empty one", () => {
    succeeds(`mkfs.xfs -q "$LOOP_DEVICE"`);
    refusesUntouched(/no stamp/);
  });

  it("is refused when it holds another filesystem", () => {
    succeeds(`mkfs.ext4 -q "$LOOP_DEVICE"`);
    refusesUntouched(/found: +ext4/);
  });

  it("is refused when it holds data without a filesystem at its beginning", () => {
    succeeds(`printf x | dd of="$LOOP_DEVICE" bs=1M seek=7 status=none`);
    refusesUntouched(/not blank/);
  });

  it("is refused when it holds data without a filesystem at its end", () => {
    succeeds(`printf x | dd of="$LOOP_DEVICE" bs=1M seek=319 status=none`);
    refusesUntouched(/not blank/);
  });

  it("is refused when its own filesystem lost the stamp but holds files", () => {
    succeeds(`plug; mount-data-volume; rm /var/lib/kafka/.kafka-on-ec2-volume`);
    const { status, output } = sandbox.run("plug; mount-data-volume");
    assert.notEqual(status, 0);
    assert.match(output, /no stamp[\s\S]*found: .*data/);
  });

  it("is taken when an operator moved a node's files, stamp included, to a filesystem of his own making", () => {
    succeeds(`
      mkfs.xfs -q "$LOOP_DEVICE"; mkdir /run/hand; mount "$LOOP_DEVICE" /run/hand
      (. /etc/kafka-node/node.env; printf 'cluster=%s\nnode=%s\n' "$CLUSTER_NAME" "$NODE_NAME") >/run/hand/.kafka-on-ec2-volume
      mkdir /run/hand/data; echo event >/run/hand/data/log; umount /run/hand
    `);
    assert.match(succeeds(`plug; mount-data-volume; cat /var/lib/kafka/data/log`), /^event$/m);
  });

  for (const [moment, command] of [
    ["after formatting", "mount"],
    ["before the stamp is whole", "sync"],
    ["before the stamp has its name", "mv"],
  ] as const) {
    it(`recovers when the power fails ${moment}`, () => {
      const { status } = sandbox.run(`plug; dies_in ${command}; mount-data-volume`);
      assert.notEqual(status, 0, "the first run was not cut off");
      const output = succeeds(`plug; mount-data-volume; ls -A /var/lib/kafka`);
      assert.doesNotMatch(output, /formatting/);
      assert.match(output, /^\.kafka-on-ec2-volume$/m);
    });
  }

  it("recovers when the power fails while it is being formatted", () => {
    sandbox.run(`plug; dies_in mount; mount-data-volume`);
    succeeds(`xfs_db -x -c "sb 0" -c "write inprogress 1" "$LOOP_DEVICE"`);
    assert.match(succeeds(`plug; mount-data-volume; ls -A /var/lib/kafka`), /formatting[\s\S]*stamped/);
  });

  it("grows online with its volume", () => {
    const output = succeeds(`
      plug; mount-data-volume; echo event >/var/lib/kafka/data/log
      before=$(df --output=size /var/lib/kafka | tail -n 1)
      grow-data-volume
      ${sandbox.growVolume(640)}
      grow-data-volume
      (($(df --output=size /var/lib/kafka | tail -n 1) > before * 3 / 2))
      cat /var/lib/kafka/data/log
    `);
    assert.match(output, /^event$/m);
    assert.equal(output.match(/has grown/g)?.length, 1);
  });

  it("is not grown where it is not mounted, or is another node's: what is there would be", () => {
    for (const spoil of ["umount /var/lib/kafka", "sed -i s/kafka-3/kafka-4/ /var/lib/kafka/.kafka-on-ec2-volume"]) {
      const { status, output } = sandbox.run(`
        plug; mount-data-volume; ${spoil}
        stub xfs_growfs <<<'echo "grows $*"'
        grow-data-volume`);
      assert.notEqual(status, 0, spoil);
      assert.doesNotMatch(output, /grows/);
      sandbox.run(`mount "$LOOP_DEVICE" /mnt; sed -i s/kafka-4/kafka-3/ /mnt/.kafka-on-ec2-volume; umount /mnt`);
    }
  });
});

describe("a service", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox();
  });
  afterEach(() => sandbox.remove());

  for (const role of ["kafka", "zookeeper"]) {
    it(`${role} does not start while its volume is not mounted`, () => {
      const { status, output } = sandbox.run(`
        sed -i s/NODE_ROLE=.*/NODE_ROLE=${role}/ /etc/kafka-node/node.env
        mkdir -p /var/lib/${role}/data; prepare-${role}`);
      assert.notEqual(status, 0);
      assert.match(output, new RegExp(`/var/lib/${role} is not mounted`));
    });
  }

  it("kafka does not start on a volume that is another node's, though it is mounted in its place", () => {
    const { status, output } = sandbox.run(`${inSync()}
      plug; mount-data-volume; prepare-kafka
      sed -i s/node=kafka-3/node=kafka-4/ /var/lib/kafka/.kafka-on-ec2-volume; echo now; prepare-kafka`);
    assert.notEqual(status, 0);
    assert.match(output, /^now\n.*\/var\/lib\/kafka is not stamped for \S+\/kafka-3: cluster=\S+ node=kafka-4/ms);
  });

  it("kafka waits while self-fence holds the broker, and starts when it does so no more", () => {
    const output = sandbox.run(`${inSync()}
      plug; mount-data-volume; mkdir -p /run/kafka-fence; echo 'network: no peers' >/run/kafka-fence/fenced
      (sleep 1; echo gone; rm /run/kafka-fence/fenced) & prepare-kafka; echo started`);
    assert.match(
      output.output,
      /^waiting, as self-fence holds this broker: network: no peers\ngone\n(.*\n)*started\n$/m,
    );
  });

  it("kafka fails rather than waits when the disk is gone, so that the steps before it run again", () => {
    const { status, output } = sandbox.run(`${inSync()}
      plug; mount-data-volume; mkdir -p /run/kafka-fence; echo 'disk-gone: EIO' >/run/kafka-fence/fenced; prepare-kafka`);
    assert.notEqual(status, 0);
    assert.match(output, /error: self-fence: disk-gone: EIO/);
  });

  it("kafka starts when self-fence has not been heard of for a minute", () => {
    const { status, output } = sandbox.run(`${inSync()}
      plug; mount-data-volume; mkdir -p /run/kafka-fence; echo 'network: no peers' >/run/kafka-fence/fenced
      touch -d '61 seconds ago' /run/kafka-fence/fenced; prepare-kafka`);
    assert.equal(status, 0, output);
  });

  it("kafka does not start on another broker's data", () => {
    const { status, output } = sandbox.run(`${inSync()}
      plug; mount-data-volume; prepare-kafka
      printf 'version=0\nbroker.id=3\ncluster.id=knldwlvmQImt2odlrc-s5w\n' >/var/lib/kafka/data/meta.properties; prepare-kafka
      sed -i s/broker.id=3/broker.id=33/ /var/lib/kafka/data/meta.properties; echo now; prepare-kafka`);
    assert.notEqual(status, 0);
    assert.match(output, /^now\n.*belongs to broker '33', and this is broker 3/ms);
  });

  it("kafka does not start empty where it would be taken for one that has all events, and says what to do", () => {
    const { status, output } = sandbox.run(`${inSync("nobody else has all events of orders-3", 1, 2)}
      mkdir -p /var/log/kafka; plug; mount-data-volume; prepare-kafka &
      sleep 1.5; cp /var/log/kafka/needs-a-person "$SANDBOX/"; wait $!; echo started; cat "$SANDBOX/needs-a-person"
      [[ ! -e /var/log/kafka/needs-a-person ]]`);
    assert.equal(status, 0, output);
    assert.match(output, /its volume is empty, and nobody else has all events of orders-3: bring .*start-empty/);
    assert.match(output, /^started\nits volume is empty/m);
  });

  it("kafka waits quietly, empty, until the controller has taken it out of the in-sync replicas", () => {
    const { status, output } = sandbox.run(`${inSync("it is still among the in-sync replicas of orders-3", 2, 1)}
      mkdir -p /var/log/kafka; plug; mount-data-volume; prepare-kafka; echo started
      [[ ! -e /var/log/kafka/needs-a-person ]]`);
    assert.equal(status, 0, output);
    assert.match(output, /its volume is empty, and so it waits: it is still among .*\n(.*\n)*started/);
  });

  it("kafka starts empty when a person gives up what nobody else has", () => {
    const { status, output } = sandbox.run(`${inSync("nobody else has all events of orders-3", 1, 1000)}
      mkdir -p /run/kafka-node /var/log/kafka; plug; mount-data-volume
      (sleep 1; touch /run/kafka-node/start-empty) & prepare-kafka; prepare-kafka`);
    assert.equal(status, 0, output);
  });

  const checkpoint = (...entries: string[]) => ["0", String(entries.length), ...entries, ""].join("\\n");
  /** Kafka's small files as it writes them; the orders' topic has one partition here. */
  const whole: Readonly<Record<string, string>> = {
    "meta.properties": "#\\nversion=0\\nbroker.id=3\\ncluster.id=knldwlvmQImt2odlrc-s5w\\n",
    "recovery-point-offset-checkpoint": checkpoint("orders 0 399", "audit 1 0"),
    "log-start-offset-checkpoint": checkpoint(),
    "replication-offset-checkpoint": checkpoint("orders 0 399"),
    "cleaner-offset-checkpoint": checkpoint(),
    "orders-0/leader-epoch-checkpoint": checkpoint("0 0", "5 399"),
    "orders-0/partition.metadata": "version: 0\\ntopic_id: nUnvqPjcQi2ej-K8tgp6kQ",
  };
  const write = (files: Readonly<Record<string, string>>) =>
    Object.entries(files)
      .map(([file, text]) => `printf '${text}' >/var/lib/kafka/data/${file}\n`)
      .join("");
  it("kafka with its data asks nobody", () => {
    const { status, output } = sandbox.run(`${inSync("nobody else has all events of orders-3", 1, 1000)}
      plug; mount-data-volume; mkdir /var/lib/kafka/data/orders-3; prepare-kafka
      rmdir /var/lib/kafka/data/orders-3; ${write({ "meta.properties": whole["meta.properties"] ?? "" })} prepare-kafka`);
    assert.equal(status, 0, output);
  });

  const kafkaData = `${inSync("nobody else has all events of orders-0", 1, 1000)}
    plug; mount-data-volume; mkdir /var/lib/kafka/data/orders-0; ${write(whole)}`;

  it("kafka starts with its small files as they are when they are whole, or empty", () => {
    const empty = { "log-start-offset-checkpoint": "", "orders-0/leader-epoch-checkpoint": "" };
    const { status, output } = sandbox.run(`${kafkaData} prepare-kafka; ${write(empty)} prepare-kafka
      find /var/lib/kafka -name '*set-aside*'`);
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /TORN|set-aside/);
  });

  for (const [file, text] of Object.entries(whole)) {
    it(`kafka starts without ${file} when that is torn, and keeps it beside`, () => {
      // The first half, another half of that, and what a disk gives that has lost it.
      const halves = [text.slice(0, text.length / 2), "garbage\\n", "\\000\\000\\000\\000"];
      for (const half of halves.filter((one) => one !== "0\\n0")) {
        const { status, output } = sandbox.run(`${kafkaData} ${write({ [file]: half })} prepare-kafka
          [[ ! -e /var/lib/kafka/data/${file} ]]; ls /var/lib/kafka/data/${file}.set-aside-*
          find /var/lib/kafka/data -name '*set-aside*' | wc -l; rm -r /var/lib/kafka/data/*`);
        assert.equal(status, 0, `${half}: ${output}`);
        assert.match(output, new RegExp(`ITS FILE ${file} IS TORN`));
        assert.match(output, /^1$/m);
      }
    });
  }

  it("kafka starts without a stranger's files and folders, which are kept, and with all that can be its own", () => {
    const strangers = ["backup/00000000000000000000.log", "orders-0.bak/00000000000000000399.log", "lost+found/file"];
    const copies = ["orders-0/backup.log", "orders-0/copy of it.index", "orders-0/old.snapshot", "orders-0/a.log.swap"];
    const own = ["orders-0/00000000000000000399.log", "orders-0/00000000000000000399.snapshot", "audit-1/x.log.bak"];
    const folders = ["orders.eu-west-12", "a_b-0", "t-3.6d1c9a1a0b6b4d0f8b0f0a6d5e1c2b3a-delete", "t-4.6d1c9a-future"];
    const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(" ");
    const { status, output } = sandbox.run(`${inSync()}
      plug; mount-data-volume; cd /var/lib/kafka/data; mkdir -p ${list(folders)}
      for file in ${list([...strangers, ...copies, ...own])}; do mkdir -p "\${file%/*}"; echo "$file" >"$file"; done
      prepare-kafka; set-strangers-aside; find . -mindepth 1 | sort; echo kept; cd ../set-aside-*
      for file in ${list([...strangers, ...copies])}; do [[ $(<"$file") == "$file" ]]; done
      set-strangers-aside; ls -d ../set-aside-* | wc -l`);
    assert.equal(status, 0, output);
    const [left = "", kept = ""] = output.split(/^kept$/m);
    const folderOf = (file: string) => file.split("/")[0] ?? "";
    assert.deepEqual(
      [...left.matchAll(/^\.\/(.*)$/gm)].map(([, path]) => path),
      [...new Set([...own.flatMap((file) => [folderOf(file), file]), ...folders])].sort(),
    );
    assert.match(left, /^backup IN \/var\/lib\/kafka\/data IS NOT KAFKA'S, .*: moved to \S+\/set-aside-\S+Z$/m);
    assert.equal(kept.trim(), "1");
  });
});
