import { chmodSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** What decides trust is kept where no branch of the project writes, and where no other user does. */

const PRINT = "console.log(process.env.API_KEY)";
const boot = (project: Project, env: Record<string, string | undefined> = {}, options: string[] = [], cwd = project.folder) =>
  project.node([...options, "-r", "envseal/config", "-e", PRINT], { env: { NODE_ENV: "production", ...env }, cwd });
const UNCONFIRMED = "is not confirmed on this machine";

/** The machine's own state is gone, and the project brings a confirmed pin along, in modes of a person's own. */
function withPinInside(place = ".cache") {
  const project = sealedProject();
  project.install();
  const state = project.sandbox.env.XDG_STATE_HOME as string;
  cpSync(state, project.path(place), { recursive: true });
  const pins = project.path(place, "envseal/pins");
  chmodSync(pins, 0o700);
  for (const name of readdirSync(pins)) chmodSync(join(pins, name), 0o600);
  rmSync(state, { recursive: true });
  return { project, pins, file: join(pins, readdirSync(pins)[0] as string) };
}

describe.runIf(process.platform !== "win32")("a folder that a variable names", () => {
  it.each([
    ["through the process's own folder", "/proc/self/cwd/.cache"],
    ["with another spelling of it", "//proc//self/../self/cwd/.cache"],
    ["by its path", (project: Project) => project.path(".cache")],
    ["through a link from outside", (project: Project) => join(project.sandbox.root, "link")],
  ])("does not count where the repository may write: %s", (_, named) => {
    const { project } = withPinInside();
    symlinkSync(project.path(".cache"), join(project.sandbox.root, "link"));
    const XDG_STATE_HOME = typeof named === "string" ? named : named(project);
    mkdirSync(project.path("deep/er"), { recursive: true });
    for (const XDG_RUNTIME_DIR of [undefined, XDG_STATE_HOME])
      expect(boot(project, { XDG_STATE_HOME, XDG_RUNTIME_DIR })).toMatchObject({ code: 0, stderr: expect.stringContaining(UNCONFIRMED) });
    project.write(".env", `XDG_STATE_HOME=${XDG_STATE_HOME}\n`);
    const fromFile = boot(project, { XDG_STATE_HOME: undefined }, ["--env-file=.env"]);
    expect(fromFile.stderr).toContain(UNCONFIRMED);
    // Outside git, the manifest says where the project is.
    renameSync(project.path(".git"), join(project.sandbox.root, "git"));
    expect(boot(project, { XDG_STATE_HOME }).stderr).toContain(UNCONFIRMED);
  });

  it("does not count in any folder of the work tree, and nothing is kept there", () => {
    const { project } = withPinInside();
    const env = { XDG_STATE_HOME: project.path(".cache"), XDG_CONFIG_HOME: project.path(".config") };
    mkdirSync(project.path("apps/web"), { recursive: true });
    const inside = { env, cwd: project.path("apps/web") };
    expect(project.fails(["set", "NEW"], { ...inside, input: "x" }).error).toBe("NO_KEY");
    project.ok(["join", "--name", "bob", "-q"], inside);
    expect(readdirSync(project.folder)).not.toContain(".config");
    expect(readdirSync(join(project.sandbox.home, ".config/envseal/identities"))).toHaveLength(1);
  });

  it("counts where it is outside, a repository of its own or not, and in a home that is one", () => {
    const project = sealedProject();
    project.install();
    const { home, root } = project.sandbox;
    expect(boot(project)).toMatchObject({ code: 0, stderr: "" });
    // Dotfiles: the whole home, or the folder of settings alone; or its folders are links into a repository.
    const config = project.sandbox.env.XDG_CONFIG_HOME as string;
    for (const folder of [home, config]) project.execute(["git", "init", "-q", folder]);
    expect(boot(project)).toMatchObject({ code: 0, stderr: "" });
    mkdirSync(join(root, "dotfiles"));
    project.execute(["git", "init", "-q", join(root, "dotfiles")]);
    renameSync(config, join(root, "dotfiles/config"));
    symlinkSync(join(root, "dotfiles/config"), config);
    expect(boot(project)).toMatchObject({ code: 0, stderr: "" });
  });

  it("counts where the home is the project, or lies in it", () => {
    for (const at of ["", "home"]) {
      const project = sealedProject();
      project.install();
      const home = join(project.folder, at);
      for (const [from, to] of [
        ["config", ".config"],
        ["state", ".local/state"],
      ] as const) {
        mkdirSync(dirname(join(home, to)), { recursive: true });
        renameSync(join(project.sandbox.home, from), join(home, to));
      }
      const bare = { HOME: home, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };
      const named = { HOME: home, XDG_CONFIG_HOME: join(home, ".config"), XDG_STATE_HOME: join(home, ".local/state") };
      for (const env of [bare, named]) expect(boot(project, env), at).toEqual({ code: 0, stdout: "sk_live_0123456789\n", stderr: "" });
    }
  });
});

describe.runIf(process.platform !== "win32")("a record that others may write", () => {
  it.each([
    ["file", 0o644],
    ["folder", 0o755],
  ])("of pins does not count, and stops what would trust it (the %s)", (what, mode) => {
    const { project, pins, file } = withPinInside();
    const outside = join(project.sandbox.home, "state");
    renameSync(project.path(".cache"), outside);
    expect(boot(project)).toMatchObject({ code: 0, stderr: "" });
    const exposed = (what === "file" ? file : pins).replace(project.path(".cache"), outside);
    chmodSync(exposed, mode);
    const { code, stderr } = boot(project);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${exposed} can be read by others`)]);
    expect(stderr).toContain("[PIN_MISMATCH]");
    expect(project.fails(["set", "NEW"], { input: "x" }).error).toBe("PIN_MISMATCH");
    expect(project.fails(["pin", "confirm", "--yes"]).error).toBe("PIN_MISMATCH");
    chmodSync(exposed, what === "file" ? 0o600 : 0o700);
    expect(boot(project)).toMatchObject({ code: 0, stderr: "" });
  });

  it("of pins is what a checkout makes of it, in a home that the project's files name", () => {
    const { project, file } = withPinInside(".local/state");
    chmodSync(file, 0o644);
    expect(boot(project, { HOME: project.folder, XDG_STATE_HOME: undefined }).stderr).toContain("[PIN_MISMATCH]");
  });
});
