import { chmodSync, fstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { resolveProgram, runCommand } from "../../src/custody/command.ts";
import { errorOf, tempFolders } from "../support/folders.ts";

const posix = process.platform !== "win32";
const secret = new Uint8Array(32).fill(23);
const text = formatIdentity(secret);
const folder = tempFolders();
const node = (script: string, env: NodeJS.ProcessEnv = process.env) => runCommand([process.execPath, "-e", script], env);

describe("custody command", () => {
  it("takes what the program prints", () => {
    expect(node(`console.log("# mine\\n" + ${JSON.stringify(text)})`)).toEqual(secret);
    expect(runCommand([process.execPath, "-e", "console.log(process.argv[1])", text], process.env)).toEqual(secret);
  });

  it("runs it at the root folder, without a shell and without key variables", () => {
    const print = `console.log(JSON.stringify([process.cwd(), process.env.ENVSEAL_KEY ?? null, process.env.ENVSEAL_KEY_X ?? null, process.env.OTHER]))`;
    const script = `const seen = ${print.slice("console.log(".length, -1)}; const right = JSON.stringify([${JSON.stringify(sep)}, null, null, "kept"]); console.log(seen === right ? ${JSON.stringify(text)} : "no")`;
    if (posix) expect(node(script, { ...process.env, ENVSEAL_KEY: "esk_x", ENVSEAL_KEY_X: "y", OTHER: "kept" })).toEqual(secret);
    expect(errorOf(() => runCommand([`"${process.execPath}" -e 1`], process.env))).toMatchObject({ code: "CUSTODY" });
  });

  it.each([
    ["fails", "process.exit(3)", "CUSTODY", /ended with 3$/],
    ["fails after it printed one", `console.log(${JSON.stringify(text)}); process.exitCode = 1`, "CUSTODY", /ended with 1$/],
    ["prints nothing", "", "MALFORMED_KEY", /what the command printed/],
    ["prints another thing", "console.log('hello')", "MALFORMED_KEY", /what the command printed/],
    ["prints too much", `console.log(${JSON.stringify(text)} + "\\n#".repeat(3000))`, "CUSTODY", /printed over 4 KiB$/],
  ])("refuses a program that %s", (_, script, code, message) => {
    const error = errorOf(() => node(script));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain(text.slice(20, 40));
  });

  it.runIf(posix)("refuses one that a signal ends", () => {
    expect(errorOf(() => node("process.kill(process.pid, 'SIGKILL')"))?.message).toMatch(/ended with a signal$/);
  });

  it.runIf(posix)("lets it ask on the terminal: what it reads and what it says beside the identity are this program's own", () => {
    const [input, output] = [0, 2].map((fd) => fstatSync(fd));
    const same = [0, 2].map((fd) => `fs.fstatSync(${fd}).ino`).join();
    const script = `console.log(JSON.stringify([${same}]) === process.argv[1] ? ${JSON.stringify(text)} : "no")`;
    const { execPath } = process;
    expect(runCommand([execPath, "-e", script, JSON.stringify([input?.ino, output?.ino])], process.env)).toEqual(secret);
  });

  it.runIf(posix)("takes none from the project, by whichever way that was entered", () => {
    const place = folder();
    mkdirSync(join(place, "project"));
    writeFileSync(join(place, "project", "op"), "#!/bin/sh\n", { mode: 0o755 });
    symlinkSync(join(place, "project"), join(place, "link"));
    const from = (root: string) => errorOf(() => resolveProgram("op", { PATH: join(place, "project") }, join(place, root)));
    expect([from("project"), from("link")]).toMatchObject([{ code: "CUSTODY" }, { code: "CUSTODY" }]);
  });

  it("refuses one that is too slow", () => {
    const error = errorOf(() => runCommand([process.execPath, "-e", "setTimeout(() => {}, 60_000)"], process.env, 200));
    expect(error).toMatchObject({ code: "CUSTODY", message: expect.stringMatching(/took over 0\.2 seconds$/) });
  });

  it("refuses one that is not there, and one that may not be run", () => {
    const there = folder();
    expect(errorOf(() => runCommand([join(there, "no")], process.env))).toMatchObject({
      code: "CUSTODY",
      message: `the command that holds your identity (${join(there, "no")}) is not there`,
      hint: expect.stringContaining("envseal unlock --recovery"),
    });
    writeFileSync(join(there, "plain"), "x");
    if (posix) expect(errorOf(() => runCommand([join(there, "plain")], process.env))?.message).toMatch(/cannot be run \(EACCES\)$/);
  });
});

describe.runIf(posix)("the program of a command", () => {
  function program(at: string, name: string, mode = 0o755): string {
    const path = join(at, name);
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, mode);
    return path;
  }
  const path = (...folders: string[]) => ({ PATH: folders.join(delimiter) });

  it("is the first one on PATH, by its absolute path", () => {
    const [one, two, project] = [folder(), folder(), folder()];
    const second = program(two, "tool");
    expect(resolveProgram("tool", path(one, two), project)).toBe(second);
    const first = program(one, "tool");
    expect(resolveProgram("tool", path(one, two), project)).toBe(first);
    expect(resolveProgram(second, path(one), project)).toBe(second);
    expect(resolveProgram(second, {}, project)).toBe(second);
  });

  it("is not taken from the project, nor by a link that leads there, nor one in it that leads away", () => {
    const [project, outside] = [folder(), folder()];
    mkdirSync(join(project, "bin"));
    const inside = program(join(project, "bin"), "tool");
    expect(errorOf(() => resolveProgram("tool", path(join(project, "bin")), project))).toMatchObject({ code: "CUSTODY" });
    expect(errorOf(() => resolveProgram("tool", path(join(project, "bin")), project + sep))).toMatchObject({ code: "CUSTODY" });
    expect(errorOf(() => resolveProgram(inside, path(outside), project))).toMatchObject({ code: "CUSTODY" });
    symlinkSync(inside, join(outside, "tool"));
    expect(errorOf(() => resolveProgram("tool", path(outside), project))).toMatchObject({ code: "CUSTODY" });
    const real = program(outside, "real");
    symlinkSync(real, join(project, "real"));
    expect(errorOf(() => resolveProgram("real", path(project), project))).toMatchObject({ code: "CUSTODY" });
    expect(resolveProgram("real", path(project, outside), project)).toBe(real);
    // A folder whose name begins like the project's is another folder.
    const beside = `${project}-more`;
    mkdirSync(beside);
    try {
      expect(resolveProgram("tool", path(beside, folder(), dirWith("tool")), project)).toMatch(/tool$/);
      const near = program(beside, "tool");
      expect(resolveProgram("tool", path(beside), project)).toBe(near);
    } finally {
      rmSync(beside, { recursive: true });
    }
  });

  function dirWith(name: string): string {
    const made = folder();
    program(made, name);
    return made;
  }

  it("is not sought in a relative folder of PATH, nor without one", () => {
    const here = folder();
    program(here, "tool");
    const before = process.cwd();
    expect(before).not.toBe(here);
    for (const env of [{}, { PATH: "" }, { PATH: "." }, { PATH: `:${relative(before, here)}:` }])
      expect(errorOf(() => resolveProgram("tool", env, folder()))).toMatchObject({
        code: "CUSTODY",
        message: "there is no program tool outside this project",
        hint: expect.stringContaining("installed on this machine"),
      });
  });

  it("is the one of that very name", () => {
    const here = folder();
    program(here, "tool.exe");
    expect(errorOf(() => resolveProgram("tool", path(here), folder()))).toMatchObject({ code: "CUSTODY" });
    const tool = program(here, "tool");
    expect(resolveProgram("tool", path(here), folder())).toBe(tool);
  });

  it("is no folder, and no file that may not be run", () => {
    const here = folder();
    mkdirSync(join(here, "dir"));
    program(here, "plain", 0o644);
    for (const name of ["dir", "plain", "missing"])
      expect(errorOf(() => resolveProgram(name, path(here), folder()))).toMatchObject({ code: "CUSTODY" });
  });
});
