import { checkedText, flag, list, once } from "../fields";
import { parseCidr } from "../cidr";
import { privateKeyProblem, publicKeyProblem } from "../sshKeys";
import { accessBlock } from "./kinds";
import { setting } from "./setting";

/** The most addresses of administrators. */
const maximumAdmins = 100;

/** An address by which Kafka tells who connects: it knows no blocks. */
const adminAddress = checkedText((address) => {
  if (address === "*" || typeof parseCidr(`${address}/32`) !== "string") return undefined;
  const block = /^[\d.]+\/\d+$/.test(address) ? ", as Kafka's rights know no blocks" : "";
  return `"${address}" is not an IPv4 address${block}; give one such as 10.30.0.7, or "*" for any`;
});

/** Settings about who is let in, and how the ops host is reached. */
export const accessSettings = {
  sshCidrs: setting({
    place: "access.sshCidrs",
    type: "list",
    default: [],
    description:
      "IPv4 blocks that may reach the ops host by SSH, that of the machine that runs Pulumi among them. Must be given.",
    example: ["203.0.113.7/32"],
    plain: true,
    rule: list(accessBlock, '["203.0.113.7/32"]')
      .refine((cidrs) => cidrs.length > 0, {
        error:
          "empty, so nobody, the health gates included, could reach the ops host by SSH; give your own block, e.g. " +
          '["203.0.113.7/32"]',
      })
      .superRefine(once("block")),
  }),
  clientCidrs: setting({
    place: "access.clientCidrs",
    type: "list",
    default: [],
    description: "IPv4 blocks of Kafka clients that are not in the client security group, such as a peered VPC.",
    example: ["10.30.0.0/16"],
    plain: true,
    rule: list(accessBlock, '["10.30.0.0/16"]').superRefine(once("block")),
  }),
  adminAddresses: setting({
    place: "access.adminAddresses",
    type: "list",
    default: [],
    description:
      "IPv4 addresses of machines that may do everything with the brokers: make, change and delete topics and " +
      "groups, change settings. All other clients, the cluster's own machines apart, may write, read and look. * in " +
      "place of an address: any client may.",
    example: ["10.30.0.7"],
    rule: list(adminAddress, '["10.30.0.7"]')
      .superRefine(once("address"))
      .refine((addresses) => addresses.length <= maximumAdmins, {
        error: `more than ${maximumAdmins} addresses, all of which a broker compares at each request; give fewer, or ["*"]`,
      }),
  }),
  allowAnywhere: setting({
    place: "access.allowAnywhere",
    type: "boolean",
    default: false,
    description: "Permits 0.0.0.0/0 (anything larger than a /8) in sshCidrs and clientCidrs.",
    rule: flag(),
  }),
  sshPublicKey: setting({
    place: "access.sshPublicKey",
    type: "text",
    default: "",
    description:
      "OpenSSH public key (ED25519 or RSA) of the ops host. Empty = the program makes a key pair and keeps the " +
      "private key in SSM's Parameter Store.",
    plain: true,
    rule: checkedText((key) => (key === "" ? undefined : publicKeyProblem(key))),
  }),
  sshPrivateKey: setting({
    place: "access.sshPrivateKey",
    type: "text",
    default: "",
    description: "Private key of sshPublicKey, for the health gates. It must be a secret (pulumi config set --secret).",
    secret: true,
    rule: checkedText((key) => (key === "" ? undefined : privateKeyProblem(key))),
  }),
};
