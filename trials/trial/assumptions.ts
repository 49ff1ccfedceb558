/**
 * What the code assumes about AWS, its images and its network, each with where that is from, how `npm run trial` looks
 * at it, and the code that rests on it. The only such list: docs/aws.md is made from it, and a test holds the two
 * together.
 */

/** An assumption about AWS. */
export interface Assumption {
  readonly id: string;
  /** The assumption in one sentence. */
  readonly assumption: string;
  /** The document that says so, by its name or address. */
  readonly source: string;
  /** The way in which the trial finds out. */
  readonly check: string;
  /** The expectation in words, for the table. */
  readonly expected: string;
  /** Whether what was seen is what is expected. */
  readonly matches: (seen: string) => boolean;
  /** Files of this repository that would have to change if it did not hold. */
  readonly code: readonly string[];
  /** The reason for which the lab can't answer; absent: it can. */
  readonly onlyOnAws?: string;
  /** Whether a trial may go by without an occasion to see it. */
  readonly byChance?: boolean;
}

type Expectation = Pick<Assumption, "expected" | "matches">;

const exactly = (text: string): Expectation => ({ expected: text, matches: (seen) => seen === text });
const matching = (expected: string, pattern: RegExp): Expectation => ({
  expected,
  matches: (seen) => pattern.test(seen),
});
/** Expects what begins with a number of seconds, and that it is at most so many. */
const within = (seconds: number): Expectation => ({
  expected: `at most ${seconds} s`,
  matches: (seen) => Number.parseFloat(seen) <= seconds,
});

const ec2Guide = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide";
const autoScalingGuide = "https://docs.aws.amazon.com/autoscaling/ec2/userguide";
const ebsGuide = "https://docs.aws.amazon.com/ebs/latest/userguide";
const vpcGuide = "https://docs.aws.amazon.com/vpc/latest";
const s3Guide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide";
const iamReference = "https://docs.aws.amazon.com/service-authorization/latest/reference";
const linuxGuide = "https://docs.aws.amazon.com/linux/al2023/ug";

const container = "an instance of the lab is a container: it has the machine's kernel and clock";
const debian = "the lab's image is Debian";

/** Every assumption, by subject. */
export const assumptions: readonly Assumption[] = [
  // The image, and how it boots.
  {
    id: "image-parameter",
    assumption: "A public SSM parameter names the newest image of Amazon Linux 2023 with its default kernel.",
    source: `${linuxGuide}/ec2.html`,
    check: "GetParameter, and DescribeImages of what it names",
    ...exactly("available"),
    code: ["aws/images.ts", "Pulumi.prod.yaml"],
  },
  {
    id: "first-boot",
    assumption: "An instance's first boot, packages included, is through within five minutes of its launch.",
    source: "measured by others: Amazon Linux 2023 boots within half a minute; packages come on top",
    check: "from EC2's launch time to cloud-init's result, on a broker, a ZooKeeper node and the ops host",
    ...within(300),
    code: ["components/opsHost.ts", "settings/schema/operation.ts"],
  },
  {
    id: "cloud-config",
    assumption: "cloud-init finds nothing wrong with the user data.",
    source: "https://cloudinit.readthedocs.io/en/latest/reference/cli.html#schema",
    check: "`cloud-init schema --system` on a broker, a ZooKeeper node and the ops host",
    ...exactly("valid"),
    code: ["planning/node/userData.ts"],
  },
  {
    id: "failed-units",
    assumption: "Nothing that systemd starts on a node fails.",
    source: "systemctl(1)",
    check: "`systemctl --failed` on a broker, a ZooKeeper node and the ops host",
    ...exactly("none"),
    code: ["node/bin/install-node", "node/ops/bootstrap.sh"],
  },
  {
    id: "java",
    assumption: "The package java-17-amazon-corretto-headless is there and gives Java 17.",
    source: "https://docs.aws.amazon.com/corretto/latest/corretto-17-ug/amazon-linux-install.html",
    check: "`java -version` on a broker and a ZooKeeper node",
    ...matching("17", /^17\./),
    code: ["node/bin/install-node"],
  },
  {
    id: "nodejs",
    assumption: "The package nodejs22 is there and gives Node.js 22 as node-22.",
    source: `${linuxGuide}/nodejs.html`,
    check: "`node-22 --version` on the ops host",
    ...matching("v22", /^v22\./),
    code: ["node/ops/bootstrap.sh", "artifacts/bundle.ts"],
  },
  {
    id: "package-repositories",
    assumption: "dnf reaches Amazon Linux's repositories without a way to the internet, through the S3 endpoint.",
    source: `${linuxGuide}/managing-repos-os-updates.html`,
    check: "`dnf makecache --refresh` on a broker and a ZooKeeper node",
    ...exactly("reached"),
    code: ["components/network.ts", "planning/cluster/securityRules.ts", "node/bin/install-node"],
    onlyOnAws: debian,
  },
  {
    id: "programs",
    assumption: "The image has every program that our scripts call.",
    source: `${linuxGuide}/image-comparison.html`,
    check: "`command -v` of each, on a broker, a ZooKeeper node and the ops host",
    ...exactly("all"),
    code: ["node/bin/attach-data-volume", "node/bin/mount-data-volume", "node/bin/expel-broker", "node/bootstrap.sh"],
  },
  {
    id: "kernel-settings",
    assumption: "The kernel takes the settings of node/etc/sysctl.conf.",
    source: "sysctl.d(5)",
    check: "each of them below /proc/sys, on a broker and a ZooKeeper node",
    ...exactly("all"),
    code: ["node/etc/sysctl.conf", "node/bin/install-node"],
    onlyOnAws: container,
  },
  {
    id: "clock",
    assumption: "The image keeps the clock by the Amazon Time Sync Service without our doing.",
    source: `${ec2Guide}/configure-ec2-ntp.html`,
    check: "`chronyc tracking`: normal, and less than 0.1 s off; on a broker, a ZooKeeper node and the ops host",
    ...exactly("kept"),
    code: ["trials/drills/faults/scene.ts", "planning/node/serverProperties.ts"],
    onlyOnAws: container,
  },
  {
    id: "metadata-service",
    assumption: "With a hop limit of 1 the metadata service answers the instance itself, and version 1 nobody.",
    source: `${ec2Guide}/configuring-instance-metadata-options.html`,
    check: "one request of either version, on a broker, a ZooKeeper node and the ops host",
    ...exactly("version 2 only"),
    code: ["planning/node/instanceDefaults.ts", "node/bin/attach-data-volume"],
  },
  {
    id: "user-data-limit",
    assumption: "User data of 16 KiB, reckoned before it is encoded, is accepted.",
    source: `${ec2Guide}/user-data.html`,
    check: "RunInstances of the trial's image with 16,384 bytes, as a dry run",
    ...exactly("accepted"),
    code: ["planning/node/userData.ts", "trials/jobs/jobUserData.ts"],
  },
  {
    id: "credit-mode",
    assumption:
      'T3 and T4g instances are of the credit mode "unlimited" unless told otherwise: they are billed, not slowed.',
    source: `${ec2Guide}/burstable-performance-instances-unlimited-mode-concepts.html`,
    check: "DescribeInstanceCreditSpecifications of all instances",
    ...exactly("unlimited"),
    code: ["Pulumi.prod.yaml", "planning/capacity/capacity.ts"],
  },

  // SSH.
  {
    id: "host-key-offered",
    assumption: "The ops host offers the one host key that the stack has made, and no other.",
    source: "sshd_config(5), HostKey",
    check: "ssh-keyscan for RSA, ECDSA and ED25519 keys, from here",
    ...exactly("the stack's only"),
    code: ["node/ops/bootstrap.sh", "components/sshConnection.ts", "stack/opsAccess.ts"],
  },
  {
    id: "host-key-configured",
    assumption: "sshd takes our setting of the host key, whatever the image's configuration says.",
    source: "sshd(8), -T",
    check: "`sshd -T` on the ops host",
    ...matching("ours only", /^\/etc\/ssh\/\S*ops\S*$/),
    code: ["node/ops/bootstrap.sh"],
  },
  {
    id: "public-address-stays",
    assumption: "An Elastic IP stays with its interface while instances come and go.",
    source: `${vpcGuide}/userguide/vpc-eips.html`,
    check: "the ops host is terminated: its successor answers at the same address with the same host key",
    ...exactly("the same"),
    code: ["components/opsHost.ts"],
  },

  // The network.
  {
    id: "node-names",
    assumption: "The names of the private zone resolve on the nodes.",
    source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html",
    check: "`getent ahostsv4` of every broker's name, on a broker, a ZooKeeper node and the ops host",
    ...exactly("all"),
    code: ["components/network.ts", "planning/cluster/clientProperties.ts"],
  },
  {
    id: "ec2-reachable",
    assumption:
      "Nodes and the ops host reach the EC2 API by the interface endpoint's own name, with a certificate for it.",
    source: `${vpcGuide}/privatelink/create-interface-endpoint.html`,
    check: "a connection to it from a broker, a ZooKeeper node and the ops host",
    ...exactly("answers"),
    code: ["components/network.ts", "planning/cluster/securityRules.ts", "ops/roll/instances.ts"],
  },
  {
    id: "no-way-out",
    assumption: "A node reaches nothing outside the VPC but S3 and the EC2 API.",
    source: `${vpcGuide}/privatelink/gateway-endpoints.html`,
    check: "a connection to another AWS API (STS), from a broker and a ZooKeeper node",
    ...exactly("no answer"),
    code: ["components/network.ts", "planning/cluster/securityRules.ts"],
  },

  // Groups of one.
  {
    id: "interface-in-template",
    assumption:
      "A group of one, with a zone and no subnet, is accepted with a launch template that names an existing interface.",
    source:
      `${autoScalingGuide}/create-launch-template.html (network interfaces), API reference of ` +
      "CreateAutoScalingGroup",
    check: "every group of the trial has its instance in service, on the node's interface",
    ...exactly("accepted"),
    code: ["components/groupOfOne.ts"],
  },
  {
    id: "new-version-taken",
    assumption:
      "A new version of a template whose interface is in use is accepted, and the group starts its next " +
      "instance from it.",
    source: `${autoScalingGuide}/launch-templates.html; of a template's interface that is in use it says nothing`,
    check: "the roll: the template version that each broker's instance was started from, before and after",
    ...exactly("the new one"),
    code: ["components/groupOfOne.ts"],
  },
  {
    id: "terminated-first",
    assumption: "A group of one ends the old instance before it starts the new one, as its maintenance policy says.",
    source: `${autoScalingGuide}/ec2-auto-scaling-instance-maintenance-policy.html`,
    check: "the groups' activities, after the roll",
    ...exactly("always"),
    code: ["components/groupOfOne.ts"],
  },
  {
    id: "instance-tags",
    assumption: "Instances and root volumes have the template's tags from the beginning.",
    source: `${ec2Guide}/Using_Tags.html`,
    check: "DescribeInstances and DescribeVolumes: cluster, node, and of a node's instance the revision",
    ...exactly("all"),
    code: ["components/groupOfOne.ts", "planning/node/nodePolicy.ts", "ops/roll/instances.ts"],
  },
  {
    id: "service-linked-role",
    assumption: "AWS makes the service-linked role of Auto Scaling when an account makes its first group.",
    source: `${autoScalingGuide}/autoscaling-service-linked-role.html`,
    check: "GetRole AWSServiceRoleForAutoScaling, after the first deploy",
    ...exactly("there"),
    code: ["aws/preflight.ts", "components/groupOfOne.ts"],
  },
  {
    id: "launch-retry",
    assumption: "After a failed launch a group tries again by itself, within ten minutes at first.",
    source: `${autoScalingGuide}/CHAP_Troubleshooting.html`,
    check: "the groups' activities: from each failed one to the next; the longest",
    ...within(600),
    code: ["components/groupOfOne.ts", "components/rollout.ts"],
    byChance: true,
  },
  {
    id: "launch-after-termination",
    assumption: "A group begins to replace a terminated instance within five minutes.",
    source: `${autoScalingGuide}/ec2-auto-scaling-health-checks.html`,
    check: "from the call that terminates a broker to the group's next launch",
    ...within(300),
    code: ["components/groupOfOne.ts", "docs/operations.md"],
  },
  {
    id: "interface-reattached",
    assumption: "The interface of a terminated instance is on its successor within ten minutes.",
    source: `${ec2Guide}/using-eni.html`,
    check: "DescribeNetworkInterfaces, from the call that terminates a broker",
    ...within(600),
    code: ["components/groupOfOne.ts", "ops/roll/run.ts"],
  },
  {
    id: "volume-reattached",
    assumption: "The data volume of a terminated instance is on its successor within fifteen minutes.",
    source: `${ebsGuide}/ebs-detaching-volume.html; others have waited for ten minutes`,
    check: "DescribeVolumes, from the call that terminates a broker",
    ...within(900),
    code: ["node/bin/attach-data-volume"],
  },
  {
    id: "repair-time",
    assumption: "A cluster that has lost a broker's machine and the ops host is whole again within ten minutes.",
    source: "docs/operations.md, measured in the lab",
    check: "from the call that terminates both to two healthy looks at the cluster",
    ...within(600),
    code: ["docs/operations.md", "settings/schema/operation.ts"],
  },
  {
    id: "broker-restart",
    assumption: "A broker whose process is killed is back in every in-sync set within a minute.",
    source: "docs/operations.md, measured in the lab",
    check: "from the kill to two healthy looks at the cluster",
    ...within(60),
    code: ["node/bin/expel-broker", "node/systemd/kafka.service"],
  },
  {
    id: "roll-time",
    assumption: "Replacing one node takes less than gateTimeoutMinutes.",
    source: "docs/operations.md, measured in the lab",
    check: "what the roll says of each broker; the longest",
    ...within(900),
    code: ["components/rollout.ts", "settings/schema/operation.ts"],
  },

  // Rights.
  {
    id: "own-volume-only",
    assumption: "A condition on the instance's tags lets a node's role attach its volume to its own instance.",
    source: `${iamReference}/list_amazonec2.html`,
    check: "every node has its data volume",
    ...exactly("attached"),
    code: ["planning/node/nodePolicy.ts"],
  },
  {
    id: "own-groups-only",
    assumption: "A condition on the group's tags lets the ops host have this cluster's instances replaced.",
    source: `${iamReference}/list_amazonec2autoscaling.html`,
    check: "the roll has replaced every broker",
    ...exactly("replaced"),
    code: ["planning/node/opsPolicy.ts"],
  },
  {
    id: "marker-listed",
    assumption: "A condition on s3:prefix lets a ZooKeeper node list the marker's key.",
    source: `${s3Guide}/amazon-s3-policy-keys.html`,
    check: "ListObjectsV2 with this prefix, on a ZooKeeper node",
    ...exactly("answers"),
    code: ["planning/node/nodePolicy.ts", "node/bin/prepare-zookeeper"],
  },

  // Volumes.
  {
    id: "device-name",
    assumption: "A volume's device has a name that is made from the volume's id.",
    source: `${ebsGuide}/identify-nvme-ebs-device.html`,
    check: "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol… on a broker and a ZooKeeper node",
    ...exactly("there"),
    code: ["node/lib/volume.sh"],
  },
  {
    id: "volumes-encrypted",
    assumption: "Data and root volumes are encrypted.",
    source: `${ebsGuide}/ebs-encryption.html`,
    check: "DescribeVolumes",
    ...exactly("all"),
    code: ["components/statefulNode.ts", "components/groupOfOne.ts"],
  },
  {
    id: "volume-grows-online",
    assumption:
      "A volume that has grown is seen by the running machine, and its filesystem grows, within three minutes.",
    source: `${ebsGuide}/recognize-expanded-volume-linux.html`,
    check: "the size of a broker's data filesystem, from the end of the update that grew its volume; no reboot",
    ...within(180),
    code: ["node/bin/grow-data-volume", "node/systemd/grow-data-volume.timer"],
  },
  {
    id: "volume-change-rate",
    assumption:
      "A volume can be changed again as soon as its last change is completed, four times in a day; not before.",
    source: `${ebsGuide}/modify-volume-requirements.html`,
    check: "a second ModifyVolume of a broker's volume that has grown: the state of the first one, and the answer",
    ...matching(
      "completed: accepted; optimizing: refused",
      /^(completed: accepted|(modifying|optimizing): (IncorrectModificationState|VolumeModificationRateExceeded))$/,
    ),
    code: ["stack/autosize/volumeHold.ts"],
  },

  // S3.
  {
    id: "presigned-addresses",
    assumption: "A host without any rights gets and puts objects by presigned addresses.",
    source: `${s3Guide}/using-presigned-url.html`,
    check: "the smoke test's client host has fetched its job, and put its result",
    ...exactly("got and put"),
    code: ["trials/clientHost/clientHost.ts", "trials/jobs/run-job.sh"],
  },
  {
    id: "conditional-put",
    assumption: "A put with If-None-Match is refused when the object is there.",
    source: `${s3Guide}/conditional-writes.html`,
    check: "the same object twice",
    ...exactly("refused"),
    code: ["trials/drills/lock.ts"],
  },

  // The end.
  {
    id: "nothing-left",
    assumption: "A destroy leaves nothing that the program has made.",
    source: "the tag kafka-on-ec2:cluster, which everything has",
    check: "everything with the trial's tag or name, after the destroy",
    ...exactly("nothing"),
    code: ["stack/deploy/destroy.ts", "components/artifactStore.ts"],
  },
];
