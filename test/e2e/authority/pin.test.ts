import { cpSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";

/** Ada's project, and Bob's machine, on which nobody has compared the pin yet. */
function start(): { project: Project; bob: Options; pin: string } {
  const project = sealedProject({ ".env": "A=secret-one\n" });
  const bob = { env: project.sandbox.otherHome("bob") };
  return { project, bob, pin: project.ok(["pin"]).stdout.trim() };
}

function granted(): ReturnType<typeof start> {
  const made = start();
  made.project.ok(["join", "--name", "bob", "-q"], made.bob);
  made.project.ok(["grant", "bob", "--yes", "-q"]);
  return made;
}

const other = (pin: string) => `${pin.startsWith("A") ? "B" : "A"}${pin.slice(1)}`;
const shown = (pin: string) => expect.stringContaining(`its pin is ${pin}`);

describe("pin", () => {
  it("is one of the project, the same on every machine, and confirmed where the project was made", () => {
    const { project, bob, pin } = start();
    expect(pin).toMatch(/^[\w-]{22}$/);
    expect(JSON.parse(project.ok(["pin", "--json"]).stdout)).toEqual({ pin, confirmed: true, carried: null, revision: 1 });
    expect(JSON.parse(project.ok(["status", "--json"]).stdout)).toMatchObject({ pin, confirmed: true, role: "admin" });
    const there = project.ok(["pin"], bob);
    expect(there.stdout).toBe(`${pin}\n`);
    expect(there.stderr).toContain("not confirmed on this machine");
    expect(JSON.parse(project.ok(["pin", "--json"], bob).stdout)).toMatchObject({ pin, confirmed: false });
    // A grant leaves it as it is; a role is a change of the authority.
    project.teammate("carol");
    expect(project.ok(["pin"]).stdout.trim()).toBe(pin);
    project.ok(["grant", "carol", "--admin", "--yes", "-q"]);
    expect(project.ok(["pin"]).stdout.trim()).not.toBe(pin);
    expect(project.fails(["pin", "forget"]).error).toBe("USAGE");
  });

  it("is shown at each reading until it is confirmed, and nothing is sealed before", () => {
    const { project, bob, pin } = granted();
    for (let round = 0; round < 2; round++)
      expect(project.ok(["get", "A"], bob)).toMatchObject({ stdout: "secret-one\n", stderr: shown(pin) });
    // With -q, too: a script that nobody looks at would never say it.
    expect(project.ok(["get", "A", "-q"], bob)).toMatchObject({ stdout: "secret-one\n", stderr: shown(pin) });
    for (const args of [["set", "B"], ["encrypt"], ["require", "A"]])
      expect(project.fails(args, { ...bob, input: "x" })).toMatchObject({ code: 3, error: "UNCONFIRMED_PIN" });
    expect(project.fails(["pin", "confirm"], bob)).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
    expect(project.ok(["pin", "confirm", "--yes"], bob).stderr).toContain(`${pin}; its admins are ada`);
    expect(project.ok(["get", "A"], bob)).toMatchObject({ stdout: "secret-one\n", stderr: "" });
    project.ok(["set", "B", "-q"], { ...bob, input: "secret-two" });
    expect(project.ok(["get", "B"]).stdout).toBe("secret-two\n");
  });

  it("that was told by another way is compared by the program", () => {
    const { project, bob, pin } = granted();
    expect(project.fails(["pin", "confirm", "nonsense"], bob)).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["pin", "confirm", other(pin)], bob)).toMatchObject({ code: 4, error: "PIN_MISMATCH" });
    expect(project.fails(["set", "A"], { ...bob, input: "x" }).error).toBe("UNCONFIRMED_PIN");
    project.ok(["pin", "confirm", "-q", pin], bob);
    project.ok(["set", "A", "-q"], { ...bob, input: "secret-two" });
    // The machine goes on from it: a later authority needs no word.
    project.ok(["grant", "bob", "--admin", "--yes", "-q"]);
    expect(project.ok(["get", "A"], bob)).toMatchObject({ stdout: "secret-two\n", stderr: "" });
    expect(project.ok(["pin", "confirm", "--yes"], bob).stderr).toContain("goes on from there");
  });

  it("comes with join --pin, and no identity is made for a wrong one", () => {
    const { project, bob, pin } = start();
    expect(project.fails(["join", "--name", "bob", "--pin", "nonsense"], bob)).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["join", "--name", "bob", `--pin=${other(pin)}`], bob)).toMatchObject({ code: 4, error: "PIN_MISMATCH" });
    expect(project.manifest().recipients.bob).toBeUndefined();
    project.ok(["join", "--name", "bob", `--pin=${pin}`, "-q"], bob);
    project.ok(["grant", "bob", "--yes", "-q"]);
    project.ok(["set", "A", "-q"], { ...bob, input: "secret-two" });
    expect(project.ok(["get", "A"]).stdout).toBe("secret-two\n");
  });

  it("that cannot be kept is not said to be confirmed", () => {
    const { project, pin } = granted();
    const bob = { env: { ...project.sandbox.otherHome("bob"), XDG_STATE_HOME: "/dev/null" } };
    expect(project.fails(["pin", "confirm", "--yes"], bob)).toMatchObject({ code: 5, error: "IO" });
    expect(project.ok(["get", "A"], bob).stderr).toEqual(shown(pin));
    expect(project.fails(["set", "A"], { ...bob, input: "x" }).error).toBe("UNCONFIRMED_PIN");
  });

  it("moves on although a lock was left next to its file, and says so where it cannot be kept", () => {
    const { project } = start();
    const file = join(project.sandbox.home, "state/envseal/pins", `${project.manifest().project}.json`);
    const before = readFileSync(file, "utf8");
    writeFileSync(`${file}.lock`, JSON.stringify({ token: "0".repeat(24), pid: 1, host: "another", start: "1" }), { mode: 0o600 });
    const old = new Date(Date.now() - 120_000);
    utimesSync(`${file}.lock`, old, old);
    expect(project.ok(["rotate", "--reason", "suspected"]).stderr).not.toContain("not recorded");
    expect(readFileSync(file, "utf8")).not.toBe(before);
    const unwritable = { env: { XDG_STATE_HOME: join(project.sandbox.root, "sealed-off") } };
    cpSync(join(project.sandbox.home, "state"), unwritable.env.XDG_STATE_HOME, { recursive: true });
    writeFileSync(`${file.replace(join(project.sandbox.home, "state"), unwritable.env.XDG_STATE_HOME)}.lock`, "");
    expect(project.ok(["rotate", "--reason", "suspected"], unwritable).stderr).toContain("is not recorded on this machine");
  });
});
