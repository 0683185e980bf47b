import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";

const LONG = "0123456789abcdef".repeat(4096);
const hasUlimit = process.platform === "linux";

/** With its standard output in a file, and what the shell is told first. */
function intoFile(project: Project, args: readonly string[], { before = ":", path = project.path("out.txt") } = {}) {
  const file = openSync(path, "w");
  try {
    const { status, stderr } = spawnSync("sh", ["-c", `${before}; exec "$@"`, "sh", process.execPath, CLI, ...args], {
      cwd: project.folder,
      env: project.sandbox.env,
      stdio: ["ignore", file, "pipe"],
    });
    return { code: status, stderr: stderr.toString() };
  } finally {
    closeSync(file);
  }
}

describe("standard output", () => {
  const project = () => sealedProject({ ".env": `LONG=${LONG}\n` });

  it.runIf(hasUlimit)(`that the system cuts short is a failure${hasUlimit ? "" : " (skipped: needs ulimit -f of Linux)"}`, () => {
    const here = project();
    for (const args of [["get", "LONG"], ["export"], ["decrypt", "--stdout"], ["export", "--format", "json"]]) {
      const { code, stderr } = intoFile(here, args, { before: "trap '' XFSZ; ulimit -f 1" });
      expect(stderr, args.join(" ")).toMatch(/^envseal: cannot write to standard output \(EFBIG\) \[IO\]\n {2}hint: .+\n$/);
      expect(code).toBe(5);
    }
    expect(intoFile(here, ["decrypt", "--stdout"])).toEqual({ code: 0, stderr: "" });
    expect(readFileSync(here.path("out.txt"), "utf8")).toBe(`LONG=${LONG}\n`);
  });

  it.runIf(hasUlimit)(`on a full disk is a failure with a reason${hasUlimit ? "" : " (skipped: needs /dev/full of Linux)"}`, () => {
    const { code, stderr } = intoFile(project(), ["get", "LONG"], { path: "/dev/full" });
    expect(stderr).toMatch(/^envseal: cannot write to standard output \(ENOSPC\) \[IO\]\n {2}hint: .+\n$/);
    expect(code).toBe(5);
  });

  it("that nobody reads to its end changes no verdict", () => {
    const here = project();
    const through = (args: string) =>
      here.execute(["sh", "-c", `{ "${process.execPath}" "${CLI}" ${args}; echo "ended with $?" >&2; } | head -c 1 >/dev/null`]).stderr;
    for (let at = 0; at < 400; at++) here.write(`packages/p${at}-${"x".repeat(200)}/.env`, `SECRET_${at}=sk_live_${at}abcdefgh\n`);
    here.git("add", "-f", ".");
    expect(through("check --all")).toMatch(/ended with 1\n$/);
    expect(through("get LONG")).toBe("ended with 0\n");
  });

  it("and where nobody reads what is said, the work is finished all the same", () => {
    const here = project();
    const set = `printf new | "${process.execPath}" "${CLI}" set NEW`;
    expect(here.execute(["sh", "-c", `{ sleep 0.2; ${set}; echo "ended with $?" >ended; } 2>&1 | true; cat ended`]).stdout).toBe(
      "ended with 0\n",
    );
    expect(here.ok(["get", "NEW"]).stdout).toBe("new\n");
  });
});
