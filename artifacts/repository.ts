import { join } from "node:path";

/** The folder of this project, where Pulumi.yaml is. */
export const repository = join(__dirname, "..");
