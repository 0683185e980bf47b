import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** Files that are no files, or cost more than they should: what stands in a repository decides neither place nor price. */

// biome-ignore lint/suspicious/noExplicitAny: whatever the attacker makes of it
function edit(project: Project, change: (manifest: any) => void): void {
  const manifest = JSON.parse(project.read("envseal.json"));
  change(manifest);
  project.write("envseal.json", JSON.stringify(manifest, null, 2));
}

describe("a symbolic link", () => {
  it.each(["envseal.json", ".env.vault", ".env"])("in place of %s is never written through", (name) => {
    const project = sealedProject();
    const outside = join(project.sandbox.root, "outside");
    writeFileSync(outside, project.bytes(name));
    rmSync(project.path(name));
    symlinkSync(outside, project.path(name));
    const before = readFileSync(outside, "utf8");
    for (const args of [
      ["rotate", "-q"],
      ["set", "API_KEY", "-q"],
      ["encrypt", ".env", "-q"],
      ["decrypt", ".env", "--yes", "-q"],
    ])
      project.envseal(args, { input: "written-0123456789" });
    expect(readFileSync(outside, "utf8")).toBe(before);
  });

  it("in place of the manifest is read where it leads to the same project, and nowhere else", () => {
    const project = sealedProject();
    const good = project.read("envseal.json");
    const link = (to: string) => {
      rmSync(project.path("envseal.json"), { force: true });
      symlinkSync(to, project.path("envseal.json"));
      return project.fails(["get", "API_KEY"]);
    };
    expect(link("/dev/zero")).toMatchObject({ error: "IO", stdout: "" });
    expect(link("envseal.json")).toMatchObject({ error: "NOT_INITIALISED", stdout: "" });
    expect(link("nowhere")).toMatchObject({ error: "NOT_INITIALISED", stdout: "" });
    const other = project.sandbox.project({ ".env": "API_KEY=theirs-0123456789\n" }, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    expect(link(other.path("envseal.json")).code).toBeGreaterThanOrEqual(3);
    project.write("../kept.json", good);
    rmSync(project.path("envseal.json"));
    symlinkSync("../kept.json", project.path("envseal.json"));
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("in place of envseal's folder in the git folder changes nothing where it leads", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n", "../thesis/sync": "years of work" });
    rmSync(project.path(".git/envseal"), { recursive: true, force: true });
    symlinkSync(join(project.sandbox.root, "thesis"), project.path(".git/envseal"));
    project.envseal(["set", "API_KEY", "-q"], { input: "new-value-0123456789" });
    project.envseal(["decrypt", ".env", "--yes", "-q"]);
    expect(readFileSync(join(project.sandbox.root, "thesis/sync"), "utf8")).toBe("years of work");
  });
});

/** Where the price is paid, the test does not end. */
describe("a price that a file asks", () => {
  it("an age file in the manifest under a passphrase of 2^62 rounds is not computed", () => {
    const project = sealedProject();
    const mac = "A".repeat(43);
    const header = `age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 62\n${"A".repeat(43)}\n--- ${mac}\n`;
    edit(project, ({ environments }) => {
      environments.default.access.ada.wrapped = `age:${b64u(Buffer.concat([Buffer.from(header), Buffer.alloc(48, 1)]))}`;
    });
    expect(project.fails(["get", "API_KEY"])).toMatchObject({
      code: expect.toSatisfy((code) => code === 3 || code === 4),
      stdout: "",
    });
  });

  it("a backup under a passphrase of 2^30 rounds is not computed", () => {
    const project = sealedProject();
    project.write("../words", "orbit velvet cactus mango quartz lantern");
    const body = `age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n${"A".repeat(43)}\n--- ${"A".repeat(43)}\n${"x".repeat(60)}`;
    const rows = Buffer.from(body)
      .toString("base64")
      .match(/.{1,64}/g) as string[];
    project.write("../backup", `-----BEGIN AGE ENCRYPTED FILE-----\n${rows.join("\n")}\n-----END AGE ENCRYPTED FILE-----\n`);
    expect(project.fails(["backup", "verify", "../backup", "--passphrase-file", "../words"]).error).toBe("BACKUP");
  });

  it("a manifest of 100 000 recipients, or with a member twice behind as many, is judged at once", () => {
    const project = sealedProject();
    const good = project.read("envseal.json");
    edit(project, ({ recipients }) => {
      for (let index = 0; index < 100_000; index++) recipients[`r${index}`] = recipients.ada;
    });
    project.envseal(["get", "API_KEY"]);
    const many = Array.from({ length: 100_000 }, (_, index) => `"x${index}":1`).join(",");
    project.write("envseal.json", good.replace('"envseal": 1', `${many},"envseal": 1,"\\u0065nvseal": 1`.replace(/^/, "")));
    expect(project.fails(["get", "API_KEY"]).error).toBe("MALFORMED_MANIFEST");
  });

  it("a name of a megabyte, and 50 000 names in front of a forged one, are judged at once", () => {
    const project = sealedProject();
    const good = project.read(".env.vault");
    project.write(".env.vault", good.replace("API_KEY=", `${"A".repeat(1 << 20)}=`));
    expect(project.fails(["get", "PORT"]).code).toBe(4);
    const token = /API_KEY=(enc:\S+)/.exec(good)?.[1];
    project.write(
      ".env.vault",
      good.replace("API_KEY=", `${Array.from({ length: 50_000 }, (_, index) => `N${index}=${token}`).join("\n\n")}\n\nAPI_KEY=`),
    );
    expect(project.fails(["get", "PORT"]).code).toBe(4);
  });
});

describe("mixed key versions", () => {
  it("open while all are accepted, each under the version that it says; none that says another", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n" });
    const first = project
      .read(".env.vault")
      .split("\n")
      .find((row) => row.startsWith("API_KEY=")) as string;
    project.ok(["rotate", "-q"]);
    const now = project.read(".env.vault");
    const second = now.split("\n").find((row) => row.startsWith("API_KEY=")) as string;
    const withLine = (line: string) => project.write(".env.vault", now.replace(second, line));
    withLine(first);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
    withLine(first.replace("enc:v1.", "enc:v2."));
    expect(project.fails(["get", "API_KEY"])).toMatchObject({ error: "TAMPERED", stdout: "" });
    const [, newer = ""] = /v2\.([\w-]{8}):/.exec(second) ?? [];
    withLine(first.replace(/v1\.[\w-]{8}/, `v2.${newer}`));
    expect(project.fails(["get", "API_KEY"])).toMatchObject({
      error: "MOVED_VALUE",
      stdout: "",
      stderr: expect.stringMatching(/the token of API_KEY was sealed under v1 \(.{8}\), and it claims v2 \(/),
    });
    withLine(first);
    project.ok(["rotate", "-q", "--fence"]);
    withLine(first);
    expect(project.fails(["get", "API_KEY"])).toMatchObject({ error: "BELOW_FLOOR", stdout: "" });
  });
});
