import { describe, expect, it } from "vitest";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";

const pinOf = (project: Project, options?: Options) => project.ok(["pin"], options).stdout.trim();

/** Ada has gone; Bob, a member, has made a new root with hooks armed, and commits it. Carol and her machine know the old one. */
function newRoot() {
  const project = sealedProject({ ".env": "A=secret-one\n" });
  project.ok(["hooks", "install", "-q"]);
  const bob = { env: project.teammate("bob") };
  const carol = { env: project.teammate("carol", "--admin") };
  project.commitAll("with bob and carol");
  project.git("branch", "base");
  const before = pinOf(project);
  project.ok(["init", "--new-root", "--yes", "-q"], bob);
  project.git("add", "-A");
  return { project, bob, carol, before, pin: pinOf(project) };
}

const commit = (project: Project, options?: Options, ...args: string[]) =>
  project.execute(["git", "commit", "-qm", "a new root", ...args], options);

describe("a new root", () => {
  it("is committed where its pin was confirmed, and told once", () => {
    const { project, bob, pin } = newRoot();
    const { code, stderr } = commit(project, bob);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`its pin ${pin} was confirmed [new-root]`) });
    expect(stderr.match(/new-root/g)).toHaveLength(1);
  });

  it("is stopped on a machine that knows another, whatever is skipped, until somebody gives the pin", () => {
    const { project, carol, before, pin } = newRoot();
    for (const args of [[], ["--no-verify"]]) expect(commit(project, carol, ...args)).toMatchObject({ code: 1 });
    expect(commit(project, { env: { ...carol.env, ENVSEAL_PIN: before } }).code).toBe(1);
    project.ok(["pin", "confirm", "-q", pin], carol);
    expect(commit(project, carol).code).toBe(0);
  });

  it("passes a range with its own pin, and with no other", () => {
    const { project, bob, before, pin } = newRoot();
    commit(project, bob);
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const range = (...args: string[]) => project.envseal(["check", "--range", "base..HEAD", ...args], nobody);
    expect(range()).toMatchObject({ code: 1, stdout: expect.stringContaining("[forged-authority]") });
    expect(range(`--pin=${before}`)).toMatchObject({ code: 1, stdout: expect.stringContaining("[forged-authority]") });
    expect(range(`--pin=${pin}`)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^warning .*\[new-root\]/) });
  });

  it("is taken whole in a merge by whoever was told its pin; the keys that it signs must be signed by it", () => {
    const { project, bob, carol, pin } = newRoot();
    commit(project, bob);
    project.git("checkout", "-q", "-b", "carol", "base");
    project.ok(["grant", "bob", "--rotate", "--yes", "-q"], carol);
    expect(commit(project, carol, "-a").code).toBe(0);
    project.execute(["git", "merge", "-q", "main"], carol);
    for (const args of [[], ["--theirs"]])
      expect(project.fails(["resolve", "-y", ...args], carol)).toMatchObject({
        error: "PIN_MISMATCH",
        stderr: expect.stringContaining(pin),
      });
    project.ok(["resolve", "-y", "--theirs"], { env: { ...carol.env, ENVSEAL_PIN: pin } });
    expect(commit(project, carol).code).toBe(1);
    project.ok(["pin", "confirm", "-q", pin], carol);
    const manifest = project.read("envseal.json");
    project.write("envseal.json", manifest.replace(/"floor": "[^"]+"/, '"floor": "AAAAAAAA"'));
    project.git("add", "envseal.json");
    expect(commit(project, carol).code).toBe(1);
    project.write("envseal.json", manifest);
    project.git("add", "envseal.json");
    expect(commit(project, carol).code).toBe(0);
    expect(project.ok(["get", "A"], carol).stdout).toBe("secret-one\n");
  });
});

describe("a branch from before a new root", () => {
  it("is red without a key, and the message's way makes it green", () => {
    const { project, bob, pin } = newRoot();
    expect(commit(project, bob).code).toBe(0);
    project.git("checkout", "-q", "-b", "late", "base");
    project.write("README", "words\n");
    project.git("add", "README");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "words");
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const range = (...args: string[]) => project.envseal(["check", "--range", "main..HEAD", ...args], nobody);
    const { code, stdout } = range();
    expect(code).toBe(1);
    expect(stdout).toContain(`the branch that this one is for has a new root, ${pin}, since the two parted`);
    expect(stdout).toContain(`envseal check --pin=${pin}`);
    expect(stdout).not.toContain("both changed the authority");
    project.git("-c", "core.hooksPath=/dev/null", "rebase", "-q", "main");
    expect(range()).toMatchObject({ code: 0, stdout: "" });
    expect(range(`--pin=${pin}`)).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("the pin of another root", () => {
  it("is confirmed nowhere that it is shown", () => {
    const { project, before, pin } = newRoot();
    expect(project.ok(["pin"])).toMatchObject({ stdout: `${pin}\n`, stderr: expect.stringContaining("not confirmed") });
    expect(before).not.toBe(pin);
    expect(JSON.parse(project.ok(["pin", "--json"]).stdout)).toMatchObject({ pin, confirmed: false });
    expect(JSON.parse(project.ok(["status", "--json"]).stdout)).toMatchObject({ pin, confirmed: false });
    expect(project.ok(["status"]).stdout).toContain(`pin: ${pin} (not confirmed`);
    expect(project.envseal(["doctor"]).stdout).toMatch(/^fail +pin: /m);
  });
});

describe("a new root that somebody pushed, and nobody confirmed", () => {
  const plain = (text: string) => text.replace(/\s+/g, " ");

  /** Carol, with hooks, has just pulled it. */
  function pulled() {
    const made = newRoot();
    const { project, bob } = made;
    expect(commit(project, bob).code).toBe(0);
    return made;
  }

  it("says nothing of roles, and how it is taken back", () => {
    const { project, carol } = pulled();
    const { stdout } = project.ok(["status"], carol);
    expect(stdout).toMatch(/^you: carol$/m);
    expect(stdout).not.toContain("is the only admin");
    expect(stdout.match(/was ever seen on this machine: /g)).toHaveLength(1);
    const back = "git log -- envseal.json tells which commit put it there, to be taken back with git revert";
    expect(plain(stdout)).toContain(back);
    const { stderr } = project.ok(["hook", "post-merge", "0"], carol);
    expect(plain(stderr)).toContain(back);
    expect(project.envseal(["check", "--all"], carol).stderr).toContain("no key is at hand that opens it");
  });

  it("is taken back by the line that its message names, and nobody is told to confirm anything", () => {
    const { project, carol, before } = pulled();
    const { code, stderr } = project.execute(["git", "revert", "--no-edit", "HEAD"], carol);
    expect(code).toBe(0);
    expect(plain(stderr)).toContain(`its pin ${before} was confirmed [new-root]`);
    expect(plain(stderr)).toContain("was put back in the place of one that nobody confirmed, nothing is to be done");
    expect(project.ok(["get", "A"], carol)).toMatchObject({ stdout: "secret-one\n", stderr: "" });
    expect(project.ok(["pin"], carol).stdout).toBe(`${before}\n`);
    expect(project.envseal(["check", "--all"], carol)).toMatchObject({ code: 0, stdout: "" });
  });
});
