import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { run } from "./processes";

/** What the lab's AWS proves its names with. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * The services whose endpoints have names of their own (`vpce-….ec2.us-east-1.vpce.amazonaws.com`): listed, since a
 * wildcard stands for one label.
 */
const endpointServices = ["ec2", "ssm", "autoscaling", "sts", "s3"];

/** Makes a certificate for AWS's names that is its own authority: instances are given it to trust. */
export async function makeCertificate(
  files: { readonly key: string; readonly cert: string },
  region: string,
): Promise<Certificate> {
  mkdirSync(dirname(files.key), { recursive: true, mode: 0o700 });
  const names = [
    "*.amazonaws.com",
    `*.${region}.amazonaws.com`,
    `*.s3.${region}.amazonaws.com`,
    "*.s3.amazonaws.com",
    ...endpointServices.map((service) => `*.${service}.${region}.vpce.amazonaws.com`),
  ];
  const alternatives = names.map((name) => `DNS:${name}`).join(",");
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
    ...["-subj", "/CN=the lab's AWS", "-addext", `subjectAltName=${alternatives}`],
    ...["-keyout", files.key, "-out", files.cert],
  ]);
  return { key: readFileSync(files.key, "utf8"), cert: readFileSync(files.cert, "utf8") };
}
