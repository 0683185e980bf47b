import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../src/guard/finding.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

/** Two commits of one value after the other; `base` names the second. */
function history(): Project {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\nOTHER=pw_3fGh7Kl9Zx2Qw\n`, "README.md": "# app\n" });
  project.commitAll("first");
  project.ok(["set", "API_KEY", "-q"], { input: "sk_live_second_9ZqWxEcRvTbYnUm" });
  project.commitAll("second");
  project.git("branch", "base");
  return project;
}

const check = (project: Project, ...args: string[]) => project.envseal(["check", "--range", "base..HEAD", ...args]);

describe("check --range", () => {
  it("finds a value that had been replaced and is back by its very token, and names that are gone", () => {
    const project = history();
    project.git("checkout", "-q", "HEAD~1", "--", ".env.vault");
    project.git("commit", "-qm", "an innocent revert");
    const back = check(project);
    expect(back).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        ".env.vault: API_KEY is back at a value that had been replaced earlier, by its very token [old-token]",
      ),
    });
    project.git("reset", "-q", "--hard", "base");
    project.ok(["unset", "OTHER", "-q"]);
    project.commitAll("gone");
    expect(check(project)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("warning .env.vault: OTHER was removed [removed-name]"),
    });
    // Without a key it is found all the same.
    project.git("reset", "-q", "--hard", "base");
    project.git("checkout", "-q", "HEAD~1", "--", ".env.vault");
    project.git("commit", "-qm", "revert");
    const keyless = project.envseal(["check", "--range", "base..HEAD"], { env: project.sandbox.otherHome("nobody") });
    expect(keyless).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("[old-token]"),
      stderr: expect.stringContaining("no key is at hand"),
    });
  });

  it("finds without a key settings and listings that are from before a floor", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
    project.commitAll("first");
    const before = JSON.parse(project.read("envseal.json"));
    project.ok(["rotate", "--fence", "-q"]);
    project.commitAll("fence");
    project.git("branch", "base");
    const keyless = { env: project.sandbox.otherHome("nobody") };
    const putBack = (change: (manifest: typeof before) => void) => {
      project.git("reset", "-q", "--hard", "base");
      const manifest = JSON.parse(project.read("envseal.json"));
      change(manifest);
      project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
      project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "put back");
      return [keyless, {}].map((options) => project.envseal(["check", "--range", "base..HEAD"], options).stdout);
    };
    for (const stdout of putBack((manifest) =>
      Object.assign(manifest.environments.default, { settings: before.environments.default.settings }),
    ))
      expect(stdout.match(/the settings of default were changed by hand, or by someone without its key/g)).toHaveLength(1);
    for (const stdout of putBack((manifest) => Object.assign(manifest, { vaults: before.vaults })))
      expect(stdout.match(/the entry for \.env\.vault was made or changed by someone without the key of default/g)).toHaveLength(1);
  });

  it("says so where the two have no commit in common, and what checks all of the other", () => {
    const project = history();
    project.git("checkout", "-q", "--orphan", "pages");
    project.git("rm", "-rqf", ".");
    project.write("page.html", `${KEY}\n`);
    project.git("add", "page.html");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "pages");
    const refused = project.fails(["check", "--range", "main..pages"]);
    expect(refused).toMatchObject({ code: 5, error: "GIT", stderr: expect.stringContaining("main and pages have no commit in common") });
    expect(refused.stderr).toContain("ENVSEAL_BASE= envseal check --ci");
    expect(project.envseal(["check", "--ci"], { env: { ENVSEAL_BASE: "" } })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("page.html line 1 holds the value of API_KEY"),
    });
    project.git("clone", "-q", "--depth", "1", "--no-single-branch", `file://${project.folder}`, "../shallow");
    const shallow = project.fails(["check", "--range", "origin/main..origin/pages"], { cwd: project.path("../shallow") });
    expect(shallow.stderr).toContain("the base of the range is not in this clone");
  });

  it("finds one in a vault that had been removed as a whole, or that was moved; bringing back the last one is nothing", () => {
    const project = history();
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const inRange = () => project.envseal(["check", "--range", "base..HEAD"], nobody);
    project.git("rm", "-q", ".env.vault");
    project.git("commit", "-qm", "gone");
    project.git("branch", "-f", "base");
    project.git("checkout", "-q", "HEAD~1", "--", ".env.vault");
    project.git("commit", "-qm", "brought back");
    expect(inRange()).toMatchObject({ code: 0, stdout: "" });
    project.git("checkout", "-q", "HEAD~3", "--", ".env.vault");
    project.git("commit", "-qm", "as it was first");
    expect(inRange()).toMatchObject({ code: 1, stdout: expect.stringMatching(/API_KEY is back.*replaced earlier/) });
    project.git("reset", "-q", "--hard", "base~1");
    project.git("branch", "-f", "base");
    project.git("checkout", "-q", "HEAD~1", "--", ".env.vault");
    const manifest = project.read("envseal.json").replace('".env.vault"', '"web/.env.vault"');
    project.write("envseal.json", manifest);
    project.write("web/.env.vault", project.read(".env.vault"));
    project.git("rm", "-qf", ".env.vault");
    project.commitAll("moved");
    expect(inRange()).toMatchObject({ code: 1, stdout: expect.stringMatching(/web\/\.env\.vault: API_KEY is back.*replaced earlier/) });
  });

  it("finds an old vault and an old manifest under their names in another spelling, in range, commit and tree", () => {
    const project = history();
    const nobody = { env: project.sandbox.otherHome("nobody") };
    for (const [name, from] of [
      [".ENV.VAULT", ".env.vault"],
      ["Envseal.json", "envseal.json"],
    ] as const) {
      const rule = `${name} is ${from} in another spelling`;
      const oid = project.git("rev-parse", `HEAD~1:${from}`).trim();
      project.git("update-index", "--add", "--cacheinfo", `100644,${oid},${name}`);
      expect(project.envseal(["check", "--staged"], nobody)).toMatchObject({ code: 1, stdout: expect.stringContaining(rule) });
      project.git("-c", "core.hooksPath=none", "commit", "-qm", "added by someone without a key");
      expect(project.envseal(["check", "--range", "base..HEAD"], nobody)).toMatchObject({ code: 1, stdout: expect.stringContaining(rule) });
      expect(project.envseal(["check", "--all"], nobody)).toMatchObject({ code: 1, stdout: expect.stringContaining(rule) });
      project.git("reset", "-q", "--hard", "base");
    }
  });

  it.each(["Apps/Web", "apps/web ", "apps/we\u200bb", "APPS/web"])(
    "finds a manifest and a vault in a folder whose name has another spelling: %j",
    (folder) => {
      const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
      // As it was sealed where it stands now, before it was in git.
      const moved = project.sandbox.project({}, { name: "around" });
      mkdirSync(moved.path("apps"));
      cpSync(project.folder, moved.path("apps/web"), { recursive: true, filter: (path) => !/\.git$|\.env$/.test(path) });
      moved.commitAll("sealed");
      moved.git("branch", "base");
      const nobody = { env: project.sandbox.otherHome("nobody") };
      const found = (name: string) => new RegExp(`${name} is .*${name} in another spelling`);
      for (const name of ["envseal.json", ".env.vault"]) {
        const oid = moved.git("rev-parse", `HEAD:apps/web/${name}`).trim();
        moved.git("update-index", "--add", "--cacheinfo", `100644,${oid},${folder}/${name}`);
        expect(moved.envseal(["check", "--staged"], nobody)).toMatchObject({ code: 1, stdout: expect.stringMatching(found(name)) });
      }
      moved.git("-c", "core.hooksPath=none", "commit", "-qm", "added by someone without a key");
      for (const args of [["--range", "base..HEAD"], ["--all"]])
        for (const name of ["envseal.json", "\\.env\\.vault"])
          expect(moved.envseal(["check", ...args], nobody)).toMatchObject({ code: 1, stdout: expect.stringMatching(found(name)) });
    },
  );

  it("takes a rotation, a new value and a new name for what they are", () => {
    const project = history();
    project.ok(["rotate", "--reason", "offboarding", "-q"]);
    project.ok(["set", "API_KEY", "-q"], { input: "sk_live_third_4TgBnHyUjMkIoL" });
    project.ok(["set", "NEW_KEY", "-q"], { input: "value_5RfVtGbYhN" });
    project.commitAll("a day's work");
    expect(check(project)).toMatchObject({ code: 0, stdout: "" });
  });

  it("looks at what was added and taken away again in between", () => {
    const project = history();
    project.write("a.js", `"${KEY}"\n`);
    project.commitAll("oops");
    project.git("rm", "-q", "a.js");
    project.git("commit", "-qm", "never happened");
    expect(check(project)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/a\.js line 1 holds the value of API_KEY \(\.env\.vault, an earlier value, v1\)/),
    });
  });

  it("looks at a file that has the content of another one which may have it", () => {
    const project = history();
    const line = `# ${KEY}\n`;
    project.write("docs/a.md", line);
    project.write("src/b.js", line);
    project.write("docs/a.md\nb", line);
    project.ok(["allow", "leak", "--path", "docs/a.md", "--reason", "a test key", "-q"]);
    project.commitAll("two");
    const { stdout } = check(project);
    expect(stdout.match(/^finding .* line 1 holds/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^finding src\/b\.js line 1 holds the value of API_KEY/m);
  });

  it("looks at a file that a compose file names, also where its content is known", () => {
    const project = history();
    project.write("compose.yaml", "services:\n  a:\n    env_file: app.list\n");
    project.write("app.list", project.read("README.md"));
    project.commitAll("compose");
    expect(check(project)).toMatchObject({ code: 1, stdout: expect.stringMatching(/app\.list .*compose\.yaml names it.*plaintext-file/) });
  });

  it("opens the vaults that the range leaves behind: one that is forged, copied, of another environment, or fenced off", () => {
    const project = history();
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const forged = (found: string) => ({ code: 1, stdout: expect.stringMatching(found) });
    const vault = project.read(".env.vault");
    project.write(
      ".env.vault",
      vault.replace(/^(OTHER=enc:v1\.[\w-]{8}:.{20})(.)/m, (_all, start, one) => start + (one === "A" ? "B" : "A")),
    );
    project.commitAll("one letter");
    project.git("branch", "forged");
    expect(check(project)).toMatchObject(forged("the token of OTHER does not open.*forged-vault"));
    // Whatever the work tree has.
    project.git("reset", "-q", "--hard", "base");
    expect(project.envseal(["check", "--range", "base..forged"])).toMatchObject(forged("forged-vault"));
    // Its content is new to nobody.
    project.git("mv", "-f", "README.md", ".env.vault");
    project.git("commit", "-qm", "moved");
    for (const options of [{}, nobody])
      expect(project.envseal(["check", "--range", "base..HEAD"], options)).toMatchObject(forged("broken-vault"));
    project.git("reset", "-q", "--hard", "base");
    // A header that names what no key at hand opens is no way around the keys.
    project.write(".env.vault", vault.replace(/^# envseal:1 \w+/, "# envseal:1 staging"));
    project.commitAll("another environment");
    for (const scope of [["--range", "base..HEAD"], ["--all"]])
      expect(project.envseal(["check", ...scope], nobody)).toMatchObject(forged("FOREIGN_VAULT.*forged-vault"));
    project.git("reset", "-q", "--hard", "base");
    project.ok(["rotate", "--fence", "-q"]);
    project.git("commit", "-qm", "without the vault", "envseal.json");
    expect(project.envseal(["check", "--range", "base..HEAD"])).toMatchObject(forged("BELOW_FLOOR.*forged-vault"));
  });

  it("finds a vault that is gone and still listed, or made anew with fewer names, and finds a submodule in the manifest's place", () => {
    const project = history();
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const inRange = (options = {}) => project.envseal(["check", "--range", "base..HEAD"], options);
    project.git("rm", "-q", ".env.vault");
    project.git("commit", "-qm", "gone");
    expect(inRange(nobody)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("envseal.json lists .env.vault, which is not there"),
    });
    project.git("reset", "-q", "--hard", "base");
    const other = sealedProject({ ".env": "API_KEY=sk_live_another_one\n" });
    for (const file of [".env.vault", "envseal.json"]) project.write(file, other.bytes(file));
    project.commitAll("made anew");
    expect(inRange(nobody).stdout).toContain(".env.vault: OTHER was removed");
    project.git("reset", "-q", "--hard", "base");
    project.git("update-index", "--cacheinfo", `160000,${project.git("rev-parse", "HEAD").trim()},envseal.json`);
    expect(project.envseal(["check", "--staged"])).toMatchObject({ code: 1, stdout: expect.stringContaining("envseal.json was deleted") });
    project.git("commit", "-qm", "a submodule");
    expect(inRange(nobody)).toMatchObject({ code: 1, stdout: expect.stringContaining("envseal.json was deleted") });
    project.git("reset", "-q", "--hard", "base");
    project.git("update-index", "--cacheinfo", `160000,${project.git("rev-parse", "HEAD").trim()},.env.vault`);
    const missing = { code: 1, stdout: expect.stringContaining("envseal.json lists .env.vault, which is not there") };
    expect(project.envseal(["check", "--staged"])).toMatchObject(missing);
    project.git("commit", "-qm", "another");
    expect(inRange(nobody)).toMatchObject(missing);
  });

  it("finds a link in the place of a vault or manifest, also where its text is known", () => {
    const project = history();
    for (const name of ["a", "b"]) symlinkSync(`elsewhere/${name}`, project.path(name));
    project.commitAll("links");
    project.git("branch", "-f", "base");
    for (const [name, path] of [
      ["a", ".env.vault"],
      ["b", "envseal.json"],
    ] as const) {
      rmSync(project.path(path));
      symlinkSync(`elsewhere/${name}`, project.path(path));
    }
    project.commitAll("more links");
    const { code, stdout } = project.envseal(["check", "--range", "base..HEAD"], { env: project.sandbox.otherHome("nobody") });
    expect(code).toBe(1);
    for (const rule of ["broken-vault", "broken-manifest"]) expect(stdout).toContain(`[${rule}]`);
  });

  it.each(["combined", "off"])("knows a value that only a merge had, also with log.diffMerges=%s", (form) => {
    const project = history();
    const merged = "sk_live_of_the_merge_7YhBgVfCdX";
    project.git("checkout", "-qb", "side");
    project.write("a", "1\n");
    project.commitAll("a");
    project.git("checkout", "-q", "main");
    project.git("merge", "-q", "--no-ff", "--no-commit", "side");
    project.ok(["set", "API_KEY", "-q"], { input: merged });
    project.commitAll("merged");
    project.ok(["set", "API_KEY", "-q"], { input: "sk_live_fifth_2WsXcDeRfV" });
    project.commitAll("and changed");
    project.write("a.js", `"${merged}"\n`);
    project.commitAll("oops");
    project.git("config", "log.diffMerges", form);
    expect(check(project)).toMatchObject({ code: 1, stdout: expect.stringContaining("a.js line 1 holds the value of API_KEY") });
  });

  it("says what to fetch where the base is not in the clone", () => {
    const project = history();
    const shallow = project.clone("shallow-source");
    project.sandbox.project({}, { name: "x" }).git("clone", "-q", "--depth", "1", `file://${shallow.folder}`, "../shallow");
    const clone = new (project.constructor as typeof Project)(project.sandbox, shallow.path("../shallow"));
    const missing = clone.fails(["check", "--range", `${project.git("rev-parse", "HEAD~1").trim()}..HEAD`]);
    expect(missing).toMatchObject({ code: 5, error: "GIT", stderr: expect.stringContaining("fetch-depth: 0") });
    for (const range of ["HEAD", "..", "-x..HEAD", "a b..HEAD"])
      expect(clone.fails(["check", `--range=${range}`])).toMatchObject({ code: 2, error: "USAGE" });
  });

  it("prints SARIF, annotations and JSON, and explains each rule", () => {
    const project = history();
    project.write("src/a b.js", `\n"${KEY}"\n`);
    project.commitAll("oops");
    const sarif = JSON.parse(check(project, "--format", "sarif").stdout);
    expect(sarif).toMatchObject({ version: "2.1.0", runs: [{ tool: { driver: { name: "envseal" } } }] });
    const [result] = sarif.runs[0].results;
    expect(result).toMatchObject({
      ruleId: "leak",
      level: "error",
      locations: [{ physicalLocation: { artifactLocation: { uri: "src/a%20b.js" }, region: { startLine: 2 } } }],
    });
    expect(sarif.runs[0].tool.driver.rules[result.ruleIndex].id).toBe("leak");
    expect(check(project, "--format", "github").stdout).toMatch(
      /^::error file=src\/a b\.js,line=2,title=envseal%3A leak::src\/a b\.js line 2 holds/,
    );
    expect(JSON.parse(check(project, "--json").stdout).findings[0]).toMatchObject({
      rule: "leak",
      path: "src/a b.js",
      line: 2,
      name: "API_KEY",
    });
    for (const format of ["text", "sarif", "github", "json"]) expect(check(project, "--format", format).stdout).not.toContain(KEY);
    expect(project.fails(["check", "--all", "--format", "xml"]).error).toBe("USAGE");
    for (const rule of Object.keys(RULES)) expect(project.ok(["check", "--explain", rule]).stdout).toContain(rule);
    expect(project.fails(["check", "--explain", "nothing"]).error).toBe("USAGE");
    const listed = project.ok(["check", "--explain"]).stdout;
    for (const rule of Object.keys(RULES)) expect(listed).toMatch(new RegExp(`^${rule} {2}`, "m"));
    expect(JSON.parse(project.ok(["check", "--explain", "--json"]).stdout)).toHaveLength(Object.keys(RULES).length);
  });
});

describe("a value that is back at an earlier one", () => {
  const push = (project: Project, from: string, options = {}) => {
    const [to, base] = ["HEAD", from].map((name) => project.git("rev-parse", name).trim());
    const input = `refs/heads/main ${to} refs/heads/main ${base}\n`;
    return project.envseal(["hook", "pre-push", "origin", "../server.git"], { input, ...options });
  };
  const set = (project: Project, name: string, value: string) => {
    project.ok(["set", name, "-q"], { input: value });
    project.commitAll(`${name} changed`);
  };

  it("passes once a person has said that it is meant, in CI as at a push", () => {
    const project = history();
    project.git("revert", "--no-edit", "HEAD");
    const back = "API_KEY is back at a value that had been replaced earlier";
    const fix = /fix: if that is meant: envseal allow old-token --name API_KEY -e default --reason "why"/;
    expect(check(project)).toMatchObject({ code: 1, stdout: expect.stringMatching(fix) });
    expect(push(project, "base")).toMatchObject({ code: 1, stderr: expect.stringContaining(back) });
    project.ok(["allow", "old-token", "--name", "API_KEY", "--reason", "the new one broke the app", "-q"]);
    project.commitAll("allowed");
    expect(check(project)).toMatchObject({ code: 0, stdout: "" });
    expect(push(project, "base")).toMatchObject({ code: 0 });
    // Where CI has no key, what stands at the base counts.
    const nobody = { env: project.sandbox.otherHome("nobody") };
    expect(project.envseal(["check", "--range", "base..HEAD"], nobody)).toMatchObject({ code: 1, stdout: expect.stringContaining(back) });
    project.git("reset", "-q", "--hard", "base");
    project.ok(["allow", "old-token", "--name", "API_KEY", "--reason", "the new one broke the app", "-q"]);
    project.commitAll("allowed first");
    project.git("branch", "-f", "base");
    project.git("revert", "--no-edit", "HEAD~1");
    expect(project.envseal(["check", "--range", "base..HEAD"], nobody)).toMatchObject({ code: 0, stdout: "" });
  });

  it("is nothing within one range, and another token after a rotation", () => {
    const project = history();
    for (const value of ["on_3Fg7Hj9Kl2", "sk_live_second_9ZqWxEcRvTbYnUm"]) set(project, "API_KEY", value);
    expect(check(project)).toMatchObject({ code: 0, stdout: "" });
    expect(push(project, "base")).toMatchObject({ code: 0 });
    project.git("branch", "-f", "base");
    project.ok(["rotate", "-q"]);
    project.ok(["set", "API_KEY", "-q"], { input: KEY });
    project.commitAll("back, under a new key");
    expect(check(project)).toMatchObject({ code: 0, stdout: "" });
  });

  it("is told of alone where it is public", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\n` });
    project.commitAll("first");
    set(project, "PORT", "3001");
    project.git("branch", "base");
    set(project, "PORT", "3000");
    const told = "PORT is back at a value that had been replaced earlier";
    for (const options of [{}, { env: project.sandbox.otherHome("nobody") }]) {
      const inRange = project.envseal(["check", "--range", "base..HEAD"], options);
      expect(inRange).toMatchObject({ code: 0, stdout: expect.stringContaining(`warning .env.vault: ${told}`) });
      expect(push(project, "base", options)).toMatchObject({ code: 0, stderr: expect.stringContaining(told) });
    }
  });
});

describe("scan", () => {
  it("looks through every object, also what nothing reaches any more, and through files on disk", () => {
    const project = history();
    expect(project.ok(["scan"]).stderr).toMatch(/3 files|4 files|5 files|\d+ files looked through for \d+ values?, 0 findings/);
    project.write("a.js", `"${KEY}"\n`);
    expect(project.envseal(["scan"])).toMatchObject({ code: 1, stdout: expect.stringContaining("a.js line 1 holds the value of API_KEY") });
    project.git("add", "a.js");
    project.git("commit", "-qm", "oops");
    project.git("reset", "-q", "--hard", "HEAD~1");
    expect(project.envseal(["scan"]).code).toBe(0);
    const found = project.envseal(["scan", "--history"]);
    expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining("holds the value of API_KEY") });
    project.git("checkout", "-q", "-b", "side");
    project.write("b.js", `"${KEY}"\n`);
    project.commitAll("kept");
    expect(project.envseal(["scan", "--history"]).stdout).toMatch(/b\.js \(object [0-9a-f]{10}\) line 1 holds/);
    project.write("same.txt", "A=1\n");
    project.write("prod.env", "A=1\n");
    project.commitAll("the same content twice");
    expect(project.envseal(["scan", "--history"]).stdout).toContain("prod.env was recorded in clear in an earlier commit");
  });

  it("finds a value in a name: of a file, on disk or of an earlier commit, of a folder, of a branch", () => {
    const project = history();
    project.write(`docs/${KEY}.md`, "a\n");
    expect(project.envseal(["scan"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^finding the file name docs\/.* holds the value of API_KEY/m),
    });
    project.commitAll("a name");
    project.git("mv", `docs/${KEY}.md`, `docs/a.md`);
    project.git("commit", "-qm", "another");
    expect(project.ok(["scan"]).stdout).toBe("");
    const found = () => project.envseal(["scan", "--history"]);
    expect(found()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^finding the file name .*\.md .*holds the value of API_KEY/m),
    });
    const other = history();
    other.git("branch", `fix/${KEY}`);
    expect(other.envseal(["scan", "--history"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^finding the ref name refs\/heads\/fix.* holds the value of API_KEY/m),
    });
  });

  it.runIf(process.platform === "linux")("reads a file whose name is no UTF-8 (skipped: needs Linux)", () => {
    const project = history();
    writeFileSync(Buffer.from(`${project.folder}/caf\xe9.txt`, "latin1"), KEY);
    expect(project.envseal(["scan"])).toMatchObject({ code: 1, stdout: expect.stringContaining("line 1 holds the value of API_KEY") });
  });

  it("--history names every file that was recorded in clear, empty and twin ones too, and passes where none was", () => {
    const project = history();
    project.write("empty", "");
    project.commitAll("nothing in clear");
    expect(project.envseal(["scan", "--history"])).toMatchObject({ code: 0, stdout: "" });
    for (const path of ["a/.env", "b/.ENV.Production", "c/x.env"]) project.write(path, "");
    project.git("add", "-f", "a", "b", "c");
    project.git("commit", "-qm", "names");
    project.git("rm", "-rq", "a", "b", "c");
    project.git("commit", "-qm", "gone");
    const { code, stdout } = project.envseal(["scan", "--history"]);
    expect(code).toBe(1);
    for (const path of ["a/.env", "b/.ENV.Production", "c/x.env"]) expect(stdout).toContain(`${path} was recorded in clear`);
  });
});
