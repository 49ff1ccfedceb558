import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { repository } from "../../artifacts/repository";
import { planCluster } from "../../planning/cluster/plan";
import { plannedSettings } from "../../stack/planReport";
import { declarationOf } from "./declarations";

const read = (file: string) => readFileSync(join(repository, file), "utf8");
const listed = execFileSync("git", ["-C", repository, "ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const files = listed.split("\n").filter((file) => file !== "" && existsSync(join(repository, file)));
const documents = files.filter((file) => file.endsWith(".md"));

/** What GitHub makes of a document's headings, to be linked to. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The exit codes that a command's help tells of, or those that every command has. */
function exitCodesOf(name: string): string[] {
  const { notes = "" } = declarationOf(name);
  const [, said = "0 1 2"] = /exit codes: ([^]*)$/.exec(notes) ?? [];
  return said.match(/\b\d+\b/g) ?? [];
}

describe("the documents", () => {
  it("link to what there is", () => {
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
        .filter(([, path = "", anchor]) => {
          const target = path === "" ? document : normalize(join(dirname(document), path));
          if (!existsSync(join(repository, target))) return true;
          return anchor !== undefined && !anchorsOf(target).includes(anchor);
        })
        .map(([link]) => `${document}: ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  it("name commands that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const own = documents.filter((document) => !document.startsWith("examples/"));
    const unknown = own.flatMap((document) =>
      [...read(document).matchAll(/npm run (?:--silent )?([a-z][a-z:]*)/g)]
        .filter(([, name = ""]) => !(name in scripts))
        .map(([command]) => `${document}: ${command}`),
    );
    assert.deepEqual(unknown, []);
  });

  it("say for each room what it is for, and what it may import, as the lint holds it", async () => {
    // @ts-expect-error -- a configuration file, which has no types
    const { mayImport } = (await import("../../.dependency-cruiser.mjs")) as {
      mayImport: Readonly<Record<string, readonly string[]>>;
    };
    const rows = [...read("docs/architecture.md").matchAll(/^\| `(\w+)\/`\s+\|[^|]+\| (.+?)\s+\|$/gm)].map(
      ([, room = "", imports]) => [room, imports] as const,
    );
    const rooms = [...new Set(files.filter((file) => /^\w+\//.test(file)).map((file) => file.split("/")[0]))];
    assert.deepEqual(rows.map(([room]) => room).sort(), rooms.filter((room) => room !== "docs").sort());
    for (const [room, imports] of rows) {
      assert.match(read(`${room}/README.md`), new RegExp(`^# ${room}\n\n[\\w\`]`));
      if (room in mayImport) assert.equal(imports, mayImport[room]?.join(", ") || "—", room);
    }
  });

  it("have the exit codes of each command that says some", function () {
    // The commands' scripts are loaded.
    this.timeout(120_000);
    const rows = [...read("docs/ci.md").matchAll(/^\| (command|`\w+`)\s+\|(.*)\|$/gm)].map(
      ([, name = "", cells = ""]) => ({
        name: name.replaceAll("`", ""),
        cells: cells.split("|").map((cell) => cell.trim()),
      }),
    );
    const [head, ...commands] = rows;
    assert.ok(head !== undefined && commands.length > 0);
    for (const { name, cells } of commands) {
      const said: string[] = cells.flatMap((cell, index) =>
        cell === "" ? [] : (head.cells[index]?.split(", ") ?? []),
      );
      assert.deepEqual(said, exitCodesOf(name), name);
    }
    const saying = files.filter((file) => /^scripts\/\w+\.ts$/.test(file) && read(file).includes("exit codes:"));
    const missing = saying.filter((file) => !commands.some(({ name }) => file === `scripts/${name}.ts`));
    assert.deepEqual(missing, []);
  });

  it("have what prod, staging and dev cost by the plan", () => {
    for (const stack of ["prod", "staging", "dev"]) {
      const { total, items, msk } = planCluster(plannedSettings(stack, [])).cost;
      const cells = new RegExp(`^\\| \`${stack}\`\\s.*$`, "m").exec(read("README.md"))?.[0] ?? "";
      const figures: string[] = cells.match(/\d[\d,]*\d/g) ?? [];
      for (const usd of [total, msk?.total ?? 0])
        assert.ok(figures.includes(Math.round(usd).toLocaleString("en-US")), cells);
      const brokers = items.find(({ item }) => item === "broker instances");
      assert.ok(figures.includes(Math.round(brokers?.usd ?? 0).toLocaleString("en-US")), cells);
    }
  });
});
