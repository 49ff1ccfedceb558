import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { ensurePythonEnvironment } from "../../lab/setup/pythonEnvironment";

/** What checkov says of one resource. */
interface Finding {
  /** `CKV_AWS_24`. */
  readonly check: string;
  /** What the check asks for, in checkov's words. */
  readonly title: string;
  /** Terraform's type and the name: `aws_ebs_volume.kafka-1`. */
  readonly resource: string;
}

/** The findings of checkov in Terraform plans, by file. Nothing is asked of the network. */
export async function checkov(files: readonly string[]): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const requirements = join(__dirname, "checkovRequirements.txt");
  const python = await ensurePythonEnvironment({ name: "checkov", what: "checkov", requirements });
  const scan = ["--framework", "terraform_plan", "--skip-download", "--soft-fail", "--output", "json"];
  const { stdout } = await promisify(execFile)(
    python,
    ["-m", "checkov.main", ...scan, ...files.flatMap((file) => ["--file", file])],
    { env: { ...process.env, CKV_SKIP_PACKAGE_UPDATE_CHECK: "true" }, maxBuffer: 64 << 20, timeout: 240_000 },
  );
  const { failed_checks: failed } = (JSON.parse(stdout) as Report).results;
  const of = (file: string) => failed.filter(({ file_abs_path: path }) => path === file);
  return new Map(
    files.map((file) => [
      file,
      of(file).map(({ check_id: check, check_name: title, resource }) => ({ check, title, resource })),
    ]),
  );
}

interface Report {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
      readonly file_abs_path: string;
    }[];
  };
}
