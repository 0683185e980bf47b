import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { corpusIsHere, corpusNotice, corpusRoot } from "../support/corpus.ts";
import { isNightly } from "../support/sample.ts";
import type { Project } from "../support/sandbox.ts";
import { mergingProject, SECRETS } from "../support/team.ts";

interface LogRow {
  commit: string;
  subject: string;
  vault: string;
  path: string;
  movedFrom: string | null;
  problem: string | null;
  changes: { name: string; kind: string; from?: string; problem?: string; after?: { version: number; value?: string } }[];
  comments: { added: number; removed: number };
}
const log = (project: Project, ...args: string[]) => JSON.parse(project.ok(["log", "--json", ...args]).stdout) as LogRow[];
const told = ({ changes }: LogRow) => changes.map(({ name, kind }) => `${kind} ${name}`);

describe("log", () => {
  it("tells what each commit did: values, names, comments, quotes, public values, rotations", () => {
    const merging = mergingProject({ ".env": "A=secret-value-1\nPORT=3000\nB=secret-value-2\n" });
    const { project } = merging;
    merging.set("A", "secret-value-3").commit("edit");
    project.write(".env", '# new\nA=secret-value-3\nPORT=3000\nB="secret-value-2"\n');
    merging.run("encrypt", "-q").commit("layout");
    merging.run("rotate", "-q").commit("rotate");
    merging.run("unset", "B", "-q").set("C", "secret-value-4").commit("swap");
    const rows = log(project);
    expect(rows.map((row) => [row.subject, ...told(row)])).toEqual([
      ["swap", "added C", "removed B"],
      ["rotate", "rotated A", "rotated PORT", "rotated B"],
      ["layout", "format B"],
      ["edit", "changed A"],
      ["seal", "added A", "added PORT", "added B"],
    ]);
    expect(rows[2]?.comments).toEqual({ added: 1, removed: 0 });
    expect(rows[0]?.changes[0]?.after?.version).toBe(2);
    const text = project.ok(["log"]).stdout;
    expect(text).not.toContain("secret-value");
    expect(text).toContain("= 3 values sealed anew, v1 -> v2");
    expect(project.ok(["log", "A", "--reveal"]).stdout).toMatch(/- "secret-value-1"\n\s+\+ "secret-value-3"/);
    expect(log(project, "-n", "2")).toHaveLength(2);
  });

  it("follows a variable through its renames, and a vault through its places", () => {
    const merging = mergingProject({ ".env": "", "apps/web/.env": "OLD_NAME=secret-value-1\nOTHER=secret-value-2\n" });
    const { project } = merging;
    project.write("apps/web/.env", "NEW_NAME=secret-value-1\nOTHER=secret-value-2\n");
    merging.run("encrypt", "apps/web/.env", "-q").commit("rename");
    expect(log(project, "NEW_NAME", "-f", "apps/web/.env").map(told)).toEqual([["renamed NEW_NAME"], ["added OLD_NAME"]]);
    // A vault that is moved keeps its id; the listing is moved along.
    const manifest = project.read("envseal.json");
    project.git("mv", "apps", "packages");
    project.write("envseal.json", manifest);
    project.git("commit", "-qam", "move");
    const at = (path: string) => log(project, "-f", path).map(({ subject, movedFrom }) => [subject, movedFrom]);
    expect(at("packages/web/.env")).toEqual([
      ["move", "apps/web/.env.vault"],
      ["rename", null],
      ["seal", null],
    ]);
    expect(project.ok(["show", "HEAD~2:packages/web/.env"]).stdout).toBe("OLD_NAME=secret-value-1\nOTHER=secret-value-2\n");
    expect(
      JSON.parse(project.ok(["blame", "packages/web/.env", "--json"]).stdout).map(({ name, subject }: Record<string, string>) => [
        name,
        subject,
      ]),
    ).toEqual([
      ["NEW_NAME", "rename"],
      ["OTHER", "seal"],
    ]);
  });

  it("follows a vault to where it was edited meanwhile: moved there and back, or on one side of a merge", () => {
    const move = (project: Project) => {
      project.write("app/x", "");
      for (const file of ["envseal.json", ".env.vault"]) project.git("mv", file, `app/${file}`);
    };
    const who = (project: Project, ...args: string[]) =>
      (JSON.parse(project.ok(["blame", ".env", "--json", ...args]).stdout) as { name: string; subject: string }[])
        .filter(({ name }) => name === "API_KEY")
        .map(({ subject }) => subject);
    const rowsOf = (project: Project, ...args: string[]) =>
      log(project, ...args).map((row) => [row.subject, row.path, row.movedFrom, told(row).join()]);
    const made = Object.keys(SECRETS)
      .map((name) => `added ${name}`)
      .join();

    const back = mergingProject();
    move(back.project);
    back.commit("move");
    back.project.ok(["set", "API_KEY", "-q", "--cwd", "app"], { input: "edited-there-99" });
    back.commit("edit").project.git("revert", "--no-edit", "HEAD~1");
    expect(rowsOf(back.project)).toEqual([
      ['Revert "move"', ".env.vault", "app/.env.vault", ""],
      ["edit", "app/.env.vault", null, "changed API_KEY"],
      ["move", "app/.env.vault", ".env.vault", ""],
      ["seal", ".env.vault", null, made],
    ]);
    expect(who(back.project)).toEqual(["edit"]);

    const side = mergingProject().parted(
      ({ project }) => move(project),
      (theirs) => theirs.set("API_KEY", "theirs-99"),
    );
    side.project.git("merge", "-q", "-m", "merge", "side");
    expect(rowsOf(side.project, "--cwd", "app")).toEqual([
      ["merge", "app/.env.vault", null, ""],
      ["theirs", ".env.vault", null, "changed API_KEY"],
      ["ours", "app/.env.vault", ".env.vault", ""],
      ["seal", ".env.vault", null, made],
    ]);
    expect(who(side.project, "--cwd", "app")).toEqual(["theirs"]);
  });

  it("shows a merge only for what no side had brought, and blames the side that did", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.set("MAIL_TOKEN", "theirs-mail-99"),
    );
    merging.project.git("merge", "-q", "-m", "clean merge", "side");
    expect(log(merging.project).map((row) => [row.subject, ...told(row)])).toEqual([
      ["clean merge"],
      ["theirs", "changed MAIL_TOKEN"],
      ["ours", "changed API_KEY"],
      ["seal", ...Object.keys(SECRETS).map((name) => `added ${name}`)],
    ]);
    const blame = JSON.parse(merging.project.ok(["blame", ".env", "--json"]).stdout) as { name: string; subject: string }[];
    expect(blame.map(({ name, subject }) => `${name} ${subject}`)).toEqual([
      "API_KEY ours",
      "DB_PASSWORD seal",
      "MAIL_TOKEN theirs",
      "SENTRY_DSN seal",
    ]);
  });

  it("marks what cannot be opened, and goes on: a destroyed key, no key, a broken version", () => {
    const merging = mergingProject({ ".env": "A=secret-value-1\nB=secret-value-2\n" });
    const { project } = merging;
    merging.set("A", "secret-value-3").run("rotate", "-q", "--reason", "compromised").commit("rotate");
    merging.run("keys", "destroy", "v1", "--waive-backup", "destroy v1 without a backup", "--yes").commit("destroy");
    project.write(".env.vault", project.read(".env.vault").replace(/\nB=/, "\n<<<<<<< ours\nB="));
    project.git("commit", "-qam", "broken");
    const [broken, ...rest] = log(project);
    expect(broken?.problem).toContain("conflict markers");
    const problems = rest.flatMap(({ changes }) => changes.flatMap(({ problem }) => problem ?? []));
    expect(new Set(problems)).toEqual(new Set(["key destroyed"]));
    const stranger = { env: project.sandbox.otherHome("stranger") };
    const keyless = JSON.parse(project.ok(["log", "--json"], stranger).stdout) as LogRow[];
    expect(keyless.map(({ subject }) => subject)).toEqual(log(project).map(({ subject }) => subject));
    expect(
      keyless.flatMap(({ changes }) => changes.map(({ problem }) => problem ?? "")).filter((text) => text !== "no key" && text !== ""),
    ).toEqual([]);
    expect(project.fails(["show", "HEAD~3:.env"])).toMatchObject({ error: "KEY_DESTROYED" });
  });

  it("says that a shallow clone's history is cut, and refuses what is no commit, no name, no vault", () => {
    const merging = mergingProject();
    merging.set("API_KEY", "secret-value-3").commit("edit");
    const folder = join(merging.project.sandbox.root, "shallow");
    merging.project.git("clone", "-q", "--depth", "1", `file://${merging.project.folder}`, folder);
    expect(merging.project.ok(["log"], { cwd: folder }).stderr).toContain("this clone is shallow");
    const { project } = merging;
    expect(project.fails(["log", "NOBODY"])).toMatchObject({ code: 2, error: "NOT_SET" });
    expect(project.fails(["show", "nope:.env"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["show", "HEAD:README.md"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["show", "HEAD:other/.env"])).toMatchObject({ code: 4, error: "NO_VAULT" });
    expect(project.fails(["diff", "--output=x"])).toMatchObject({ code: 2 });
    expect(project.fails(["diff", "HEAD^{/--help}"])).toMatchObject({ code: 2 });
    expect(project.fails(["blame", "other/.env"])).toMatchObject({ code: 4, error: "NO_VAULT" });
    expect(project.fails(["log", "-n", "0"])).toMatchObject({ code: 2, error: "USAGE" });
  });
});

describe("diff", () => {
  it("compares HEAD, the index, the work tree and commits, by name", () => {
    const merging = mergingProject();
    const { project } = merging;
    expect(project.ok(["diff", "--exit-code"]).stdout).toBe("");
    merging.set("API_KEY", "secret-value-3");
    project.git("add", ".env.vault");
    merging.set("MAIL_TOKEN", "secret-value-4");
    const names = (...args: string[]) =>
      (JSON.parse(project.ok(["diff", "--json", ...args]).stdout) as { vaults: LogRow[] }).vaults.flatMap(told);
    expect(names()).toEqual(["changed API_KEY", "changed MAIL_TOKEN"]);
    expect(names("--staged")).toEqual(["changed API_KEY"]);
    merging.commit("edit").run("rotate", "-q").commit("rotate");
    expect(names("HEAD~1")).toEqual(Object.keys(SECRETS).map((name) => `rotated ${name}`));
    expect(names("HEAD~2..HEAD~1")).toEqual(["changed API_KEY", "changed MAIL_TOKEN"]);
    expect(project.envseal(["diff", "HEAD~1", "--exit-code"]).code).toBe(1);
    const text = project.ok(["diff", "HEAD~2..HEAD"]).stdout;
    expect(text).not.toContain("secret-value");
    expect(text).toMatch(/~ API_KEY +changed, v1 -> v2/);
    expect(text).toMatch(
      /envseal\.json\n {2}default: v1 \(\S+\) is deactivated \(was active\)\n {2}default: v2 \(\S+\) made \(scheduled\)/,
    );
    expect(project.ok(["diff", "HEAD~2..HEAD", "--reveal"]).stdout).toContain('+ "secret-value-3"');
  });

  it("writes a pull request's summary: names and versions, and names are never markup", () => {
    const merging = mergingProject();
    const { project } = merging;
    merging.set("API_KEY", "secret-value-3").run("require", "API_KEY").run("unset", "DB_PASSWORD", "-q").commit("edit");
    const markdown = project.ok(["diff", "HEAD~1..HEAD", "--format", "markdown"]).stdout;
    expect(markdown).toContain("| `API_KEY` | changed | v1 |");
    expect(markdown).toContain("| `DB_PASSWORD` | **removed** | v1 |");
    expect(markdown).toContain("- default: now required: API\\_KEY");
    expect(markdown).not.toContain("secret-value");
    expect(project.ok(["diff", "HEAD", "--format", "markdown"]).stdout).toContain("No vault and no key changed.");
  });

  it("git's own diff is masked, and shows values where asked for", () => {
    const merging = mergingProject();
    const { project } = merging;
    merging.set("API_KEY", "secret-value-3");
    const masked = project.git("diff");
    expect(masked).toMatch(/^-API_KEY=<v1 [\w-]{8}>\n\+API_KEY=<v1 [\w-]{8}>$/m);
    expect(project.ok(["textconv", ".env.vault"]).stdout).toBe(
      spawnSync("sh", [project.path(".git/envseal/run"), "textconv", ".env.vault"], {
        cwd: project.folder,
        env: project.sandbox.env,
      }).stdout.toString(),
    );
    expect(project.ok(["textconv", "envseal.json"]).stdout).toBe(
      spawnSync("sh", [project.path(".git/envseal/run"), "textconv", "envseal.json"], {
        cwd: project.folder,
        env: project.sandbox.env,
      }).stdout.toString(),
    );
    project.sandbox.env.ENVSEAL_REVEAL = "1";
    expect(project.git("diff")).toMatch(/^\+API_KEY=secret-value-3$/m);
    rmSync(project.copy(), { recursive: true });
    expect(project.git("diff")).toMatch(/^\+API_KEY=enc:v1/m);
  });
});

describe.skipIf(!corpusIsHere)(`a real history${corpusNotice}`, () => {
  it("its versions with a rotation every ten: each comes back byte for byte, and log names exactly what changed", () => {
    const all = readFileSync(join(corpusRoot, "laravel.history.txt"), "utf8").trim().split("\n");
    expect(all).toHaveLength(63);
    const versions = all.slice(0, isNightly ? 63 : 22);
    const bytes = versions.map((blob) => readFileSync(join(corpusRoot, "laravel", blob)));
    const { project } = mergingProject({ ".env": bytes[0] as Buffer });
    for (const [index, content] of bytes.entries()) {
      project.write(".env", content);
      project.ok(["encrypt", "-q"]);
      if (index > 0 && index % 10 === 0) project.ok(["rotate", "-q"]);
      project.git("commit", "-qam", `version ${index}`, "--allow-empty");
    }
    const commits = project.git("log", "--reverse", "--format=%H", "--grep=^version").trim().split("\n");
    // Every version at night, else a sample.
    const shown = (index: number) => isNightly || index % 7 === 3;
    for (const [index, commit] of commits.entries())
      if (shown(index))
        expect(project.node([join(import.meta.dirname, "../../dist/bin/cli.js"), "show", `${commit}:.env`]).stdout).toBe(
          (bytes[index] as Buffer).toString("utf8"),
        );
    const rows = new Map(log(project).map((row) => [row.commit, row]));
    for (const [index, commit] of commits.entries()) {
      if (index === 0) continue;
      const [before, after] = [parse(bytes[index - 1] as Buffer), parse(bytes[index] as Buffer)];
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
      const changed = (rows.get(commit)?.changes ?? []).filter(({ kind }) => kind !== "rotated" && kind !== "format");
      const named = changed.flatMap(({ name, from }) => (from === undefined ? [name] : [name, from]));
      expect(named.sort(), `version ${index}`).toEqual(names.sort());
    }
  }, 180_000);
});
