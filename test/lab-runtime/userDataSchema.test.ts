import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { ensureBaseImage } from "../../lab/setup/baseImage";
import { renderUserData } from "../../planning/node/userData";
import { jobUserData } from "../../trials/jobs/jobUserData";
import { kafkaInput, opsInput, zookeeperInput } from "../unit/planning/node/userDataInputs";
import { sampleSettings } from "../unit/settings/sampleSettings";

/** cloud-init's own schema, by the cloud-init of the lab's image. Python keeps nothing: the image stays as it is. */
const check = `
import sys, yaml
from cloudinit.config.schema import SchemaValidationError, get_schema, validate_cloudconfig_schema
try:
    validate_cloudconfig_schema(yaml.safe_load(sys.stdin), get_schema(), strict=True)
except SchemaValidationError as error:
    sys.exit(str(error))
`;

describe("user data", () => {
  const url = "https://bucket.s3.us-east-1.amazonaws.com/jobs/x";
  let rootfs: string;
  before(async function () {
    this.timeout(1_200_000);
    ({ rootfs } = await ensureBaseImage());
  });

  const faultOf = (userData: string) => {
    const { status, stderr } = spawnSync("chroot", [rootfs, "python3", "-B", "-c", check], {
      input: userData,
      encoding: "utf8",
    });
    return status === 0 ? "" : stderr;
  };

  for (const [whose, render] of [
    ["a broker", () => renderUserData(kafkaInput(sampleSettings()))],
    ["a ZooKeeper node", () => renderUserData(zookeeperInput(sampleSettings()))],
    ["the ops host", () => renderUserData(opsInput)],
    ["a client host", () => jobUserData(url, 320)],
  ] as const) {
    it(`of ${whose} is a valid cloud-config`, () => assert.equal(faultOf(render()), ""));
  }

  it("of another form is found", () =>
    assert.match(faultOf("#cloud-config\nssh_genkeytypes: []\n"), /ssh_genkeytypes: \[\] is too short/));
});
