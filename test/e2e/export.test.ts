import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportAs, githubMasks } from "../../src/features/values/export-formats.ts";
import { keptByShells } from "../../src/features/values/shell-names.ts";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";
import { readBySystemd, readUnitFile, systemdIsHere } from "../support/systemd.ts";

const VALUES: Record<string, string> = {
  QUOTES: `a'b"c\`d`,
  DOLLAR: "$HOME ${PATH} $(id) `id`",
  BACKSLASH: "a\\b\\n\\\\ \\$x \\'",
  UNICODE: "grüße 🔑 日本",
  SPACES: "  both ends  ",
  HASH: "a # b",
  EMPTY: "",
  TRAILING: "ends in \\",
};
const ROWS = "one\n  two $x \"q\" 'p'\nthree\\";

const has = (command: string, ...args: string[]) => spawnSync(command, args.length === 0 ? ["--version"] : args).status === 0;
const note = (here: boolean, what: string) => (here ? "" : ` (skipped: needs ${what})`);

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** How each shell names its own variables, those of its modules too. */
const SHELLS = [
  { shell: "bash", args: ["-c"], names: "compgen -v" },
  { shell: "bash", args: ["--posix", "-c"], names: "bash -c 'compgen -v'" },
  {
    shell: "zsh",
    args: ["-fc"],
    names: "zmodload zsh/{parameter,terminfo,termcap,system,langinfo,mapfile,zle,sched,datetime} 2>/dev/null; print -l ${(k)parameters}",
  },
  { shell: "fish", args: ["-Nc"], names: "set -n" },
  ...["dash", "ksh93", "mksh", "yash"].map((shell) => ({ shell, args: ["-c"], names: "set | sed -n 's/=.*//p'" })),
  { shell: "busybox", args: ["sh", "-c"], names: "set | sed -n 's/=.*//p'" },
];
/** ksh takes none that is no locale's. */
const LOCALE = /^(LANG|LC_\w+)$/;
/** Where its input is a socket, bash takes itself for a remote shell and reads ~/.bashrc. */
const PLAIN: SpawnSyncOptionsWithStringEncoding = {
  encoding: "utf8",
  maxBuffer: 1 << 28,
  env: { PATH: process.env.PATH },
  stdio: ["ignore", "pipe", "pipe"],
};
const EXTRA =
  "UID EUID GID EGID PPID SHELLOPTS GROUPS RANDOM SECONDS LINENO status argv path USERNAME ERRNO prompt history version hostname PWD IFS PS1 OPTIND HOME ENV TERM COLUMNS LINES HISTSIZE TMOUT MAILCHECK USER_ID PGRP BASH_ENV HISTFILE WORDCHARS NULLCMD psvar watch CMD_DURATION USER HOST NAME PORT TZ CI DEBUG".split(
    " ",
  );

/** Compose's own parser of env files, built once a run; null where there is no go or no module. */
function composeReader(): string | null {
  if (spawnSync("go", ["version"]).status !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), "envseal-compose-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const main = `package main

import (
\t"encoding/json"
\t"os"

\t"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
\tread, err := dotenv.ReadWithLookup(os.LookupEnv, os.Args[1])
\tif err != nil {
\t\tprintln(err.Error())
\t\tos.Exit(1)
\t}
\tjson.NewEncoder(os.Stdout).Encode(read)
}
`;
  writeFileSync(join(folder, "main.go"), main);
  writeFileSync(join(folder, "go.mod"), "module reader\n\ngo 1.21\n\nrequire github.com/compose-spec/compose-go/v2 v2.4.9\n");
  const go = (...args: string[]) => spawnSync("go", args, { cwd: folder, timeout: 60_000 }).status === 0;
  return go("mod", "tidy") && go("build", "-o", "reader", ".") ? join(folder, "reader") : null;
}

function projectWith(values: Record<string, string>): Project {
  const project = sealedProject({ ".env": "" });
  for (const [name, value] of Object.entries(values)) project.ok(["set", name, "-q"], { input: value === "" ? "\n" : value });
  return project;
}

/** What a program started by `command` finds in its environment. */
function found(project: Project, command: string, args: readonly string[], names: Iterable<string>): Record<string, string | undefined> {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: project.folder, env: project.sandbox.env });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const env = new Map(
    stdout
      .toString()
      .split("\0")
      .map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]),
  );
  return Object.fromEntries([...names].map((name) => [name, env.get(name)]));
}

describe("export, read by the program it is for", () => {
  const all = { ...VALUES, ROWS };
  const names = Object.keys(all);

  for (const shell of ["sh", "bash", "fish"]) {
    const here = has(shell, "-c", "exit 0");
    it.runIf(here)(`shell: ${shell}${note(here, shell)}`, () => {
      const project = projectWith(all);
      project.write("values", project.ok(["export", "--format", "shell"]).stdout);
      expect(found(project, shell, ["-c", ". ./values; env -0"], names)).toEqual(all);
    });
  }

  it("shell: fails in eval too, so that no script goes on without the values", () => {
    const project = projectWith({ A: "1" });
    const script = `eval "$(node '${CLI}' export --format shell)"; echo went on`;
    const env = { ...project.sandbox.env, ENVSEAL_KEY: "esk_default_AAAA" };
    for (const shell of ["sh", "bash", "zsh"].filter((name) => has(name, "-c", "exit 0"))) {
      const run = (env: NodeJS.ProcessEnv) => spawnSync(shell, ["-ec", script], { cwd: project.folder, env, encoding: "utf8" });
      expect(run(env), shell).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("MALFORMED_KEY") });
      expect(run(project.sandbox.env), shell).toMatchObject({ status: 0, stdout: "went on\n" });
    }
  });

  it("shell: leaves out what a shell keeps for itself, and says so; a required one is refused", () => {
    const own = { GROUPS: "admins", UID: "1000", path: "/srv", status: "up", COLUMNS: "wide", LINES: "40" };
    const project = projectWith({ ...own, PLAIN: "x" });
    const { stdout, stderr } = project.ok(["export", "--format", "shell"]);
    expect(stdout).toBe("export LINES='40'\nexport PLAIN='x'\n");
    expect(stderr).toContain("left out COLUMNS, GROUPS, UID, path, status");
    expect(stderr).not.toMatch(/PLAIN|LINES|admins|srv/);
    expect(project.ok(["export", "--format", "json"])).toMatchObject({ stderr: "", stdout: expect.stringContaining('"UID": "1000"') });
    project.ok(["require", "UID", "-q"]);
    const refused = project.fails(["export", "--format", "shell"]);
    expect(refused).toMatchObject({ error: "BAD_NAME", stdout: "false\n", stderr: expect.stringContaining("UID") });
  });

  for (const { shell, args, names } of SHELLS) {
    const here = has(shell, ...args, "true");
    const title = `shell: every name that ${[shell, ...args.slice(0, -1)].join(" ")} has a variable of arrives, or is left out`;
    it.runIf(here)(
      `${title}${note(here, shell)}`,
      () => {
        const own = spawnSync(shell, [...args, names], PLAIN);
        const all = [...new Set([...own.stdout.split("\n"), ...EXTRA])]
          .filter((name) => /^[A-Za-z_]\w*$/.test(name) && !LOCALE.test(name))
          .sort();
        expect(all.length).toBeGreaterThan(EXTRA.length);
        for (const value of ["v 17", "17"]) {
          const values = new Map(all.map((name) => [name, value]));
          for (const name of keptByShells(values)) values.delete(name);
          // Each in a shell of its own, with one more after it: what fails takes those along.
          const script = [...values.keys()].map((name) => {
            const text = exportAs(
              "shell",
              new Map([
                [name, value],
                ["LAST", "last"],
              ]),
              { name: "", delimiter: "" },
            );
            return `${shell} ${args.join(" ")} ${quoted(`${text}/usr/bin/env -0`)}; printf 'END\\0'`;
          });
          const { stdout } = spawnSync("sh", ["-c", script.join("\n")], PLAIN);
          const seen = stdout.split("END\0");
          [...values.keys()].forEach((name, index) => {
            const rows = seen[index]?.split("\0") ?? [];
            expect([name, rows.includes(`${name}=${value}`), rows.includes("LAST=last")]).toEqual([name, true, true]);
          });
        }
      },
      60_000,
    );
  }

  const direnv = has("direnv", "version");
  it.runIf(direnv)(`shell: direnv${note(direnv, "direnv")}`, () => {
    const project = projectWith(all);
    project.write(".envrc", project.ok(["export", "--format", "shell"]).stdout);
    spawnSync("direnv", ["allow", "."], { cwd: project.folder, env: project.sandbox.env });
    expect(found(project, "direnv", ["exec", ".", "env", "-0"], names)).toEqual(all);
  });

  it("docker: as its --env-file is documented, and no line break in it", () => {
    const project = projectWith(VALUES);
    const text = project.ok(["export", "--format", "docker"]).stdout;
    // Lines of NAME=VALUE; # only at a line's start; nothing is quoted, escaped or trimmed behind the =.
    const rows = text.split("\n").filter((row) => row !== "" && !row.startsWith("#"));
    expect(Object.fromEntries(rows.map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]))).toEqual(VALUES);
    const refused = projectWith({ ROWS }).fails(["export", "--format", "docker"]);
    expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "", stderr: expect.stringContaining("ROWS") });
    expect(refused.stderr).not.toContain("three");
  });

  const docker = has("docker", "--version");
  it.runIf(docker)(`docker: its own client takes the longest line, and would refuse what is refused${note(docker, "docker")}`, () => {
    const longest = "x".repeat(65_535 - "LONG=".length);
    const project = projectWith({ LONG: longest });
    project.ok(["export", "--format", "docker", "--output", "app.env"]);
    // No daemon answers there: the client reads the file before it asks.
    const client = () =>
      spawnSync("docker", ["-H", "tcp://127.0.0.1:1", "run", "--rm", "--env-file", project.path("app.env"), "none"], { encoding: "utf8" })
        .stderr;
    expect(client()).not.toContain("env file");
    project.write("app.env", `LONG=${longest}x\n`);
    expect(client()).toContain("env file");
    project.ok(["set", "LONG", "-q"], { input: `${longest}x` });
    const refused = project.fails(["export", "--format", "docker"]);
    expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "", stderr: expect.stringContaining("LONG") });
    expect(refused.stderr.length).toBeLessThan(500);
  });

  it("docker: counts bytes, not letters", () => {
    const refused = projectWith({ LONG: "ü".repeat(32_768) }).fails(["export", "--format", "docker"]);
    expect(refused).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("has 65541") });
  });

  const reader = composeReader();
  it.runIf(reader !== null)(`compose: its own parser reads every value back${note(reader !== null, "go, and its module proxy")}`, () => {
    const hard = {
      BOTH: `'"\`\\'\\"$X`,
      ENDS: "\\",
      TWO: "\\\\",
      QUOTE: "\\'",
      ESCAPES: "\\n\\t\\$\\0101\\u0041",
      DOLLARS: "$$ ${A:-b} ${",
      CR: "a\r\nb\r",
    };
    const values = { ...all, ...hard, "DOT.TED": "a.b", COLON: ": #x", EQUAL: "=", LONG: "x".repeat(70_000), LAST: "last" };
    const project = projectWith(values);
    project.ok(["export", "--format", "compose", "--output", "app.env", "-q"]);
    const read = spawnSync(reader as string, [project.path("app.env")], {
      encoding: "utf8",
      env: { A: "wrong", X: "wrong", HOME: "wrong" },
    });
    expect(read.stderr).toBe("");
    expect(JSON.parse(read.stdout)).toEqual(values);
    // What the other formats would have given there.
    project.ok(["export", "--format", "dotenv", "--output", "other.env", "-q"]);
    const other = spawnSync(reader as string, [project.path("other.env")], { encoding: "utf8" });
    expect(other.status === 0 ? JSON.parse(other.stdout) : {}).not.toEqual(values);
  });

  it("compose: a name that it leaves out is refused", () => {
    const project = sealedProject({ ".env": "1A=b\n" });
    expect(project.fails(["export", "--format", "compose"])).toMatchObject({ error: "BAD_NAME", stdout: "" });
  });

  const TABS = 'one\ttwo\n\n"three" \\\n end';

  it("systemd: as systemd.exec(5) documents EnvironmentFile=, and no control character in it", () => {
    const values = { ...all, TABS };
    const text = projectWith(values).ok(["export", "--format", "systemd"]).stdout;
    expect(readUnitFile(text)).toEqual(values);
    for (const value of ["a\rb", "a\u0007b", "a\u007fb"]) {
      const refused = projectWith({ BELL: value }).fails(["export", "--format", "systemd"]);
      expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "", stderr: expect.stringContaining("BELL") });
    }
  });

  it.runIf(systemdIsHere)(`systemd: read by its own code${note(systemdIsHere, "libsystemd-shared and python3")}`, () => {
    const project = projectWith({ ...all, TABS });
    project.ok(["export", "--format", "systemd", "--output", "app.env"]);
    expect(readBySystemd(project.path("app.env"))).toEqual({ ...all, TABS });
  });
});

describe("the masks of GitHub", () => {
  const masked = (...values: string[]) =>
    githubMasks(values)
      .split("\n")
      .filter((row) => row !== "")
      .map((row) => row.replace("::add-mask::", ""));

  it("leave brackets, words and numbers of a file of JSON alone, and mask the whole and each telling line", () => {
    const json = JSON.stringify(
      { type: "service_account", private_key_id: "0a1b2c3d4e5f", list: [1, 2, true, null], ok: false, nested: {} },
      null,
      2,
    );
    const rows = masked(json);
    expect(rows).toContain(json.replaceAll("\n", "%0A"));
    expect(rows).toContain('"private_key_id": "0a1b2c3d4e5f",');
    expect(rows).toContain('  "private_key_id": "0a1b2c3d4e5f",');
    for (const common of ["{", "}", "]", "1,", "2,", "true,", "null", '"list": ['])
      expect(rows.map((row) => row.trim())).not.toContain(common);
  });

  it("leave the first and last line of a key alone, and mask those between, the short last one too", () => {
    const rows = masked("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nk3ZqQ1w=\n-----END PRIVATE KEY-----\n");
    expect(rows).toContain("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC");
    expect(rows).toContain("k3ZqQ1w=");
    expect(rows).not.toContain("-----BEGIN PRIVATE KEY-----");
  });

  it("mask short secrets, and no flag", () => {
    expect(masked("hunter2", "p4s", "true", "on", "1", "", "  ", "production", " pad ")).toEqual(["hunter2", "p4s", " pad ", "pad"]);
  });
});
