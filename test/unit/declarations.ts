/** The declarations of the npm commands: what reads their command lines. */
import { join } from "node:path";
import { repository } from "../../artifacts/repository";
import * as cli from "../../cli/command";

/** A command as its script declares it. */
export type Declaration = cli.Command<Record<string, never>>;

/** The declaration of `npm run NAME`: its script is loaded, and hands it over where it would run it. */
export function declarationOf(name: string): Declaration {
  const own = require.resolve("../../cli/command");
  const script = join(repository, "scripts", `${name}.ts`);
  const known = require.cache[own];
  let declared: Declaration | undefined;
  const exports = { ...cli, runCommand: (command: Declaration) => (declared = command) };
  require.cache[own] = Object.assign(Object.create(known ?? null) as NodeJS.Module, { exports });
  try {
    delete require.cache[script];
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is to be loaded now, and again each time
    require(script);
  } finally {
    delete require.cache[script];
    if (known !== undefined) require.cache[own] = known;
  }
  if (declared === undefined) throw new Error(`${script} declares no command`);
  return declared;
}
