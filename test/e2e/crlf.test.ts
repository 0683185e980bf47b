import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { Project, sealedProject } from "../support/sandbox.ts";

const FILES = {
  ".env": 'API_KEY=sk_live_0123456789\n# about it\nPORT=3000\nPEM="one\ntwo three\n"\n',
  ".env.production": "API_KEY=sk_live_production_9876\n",
};
const VALUES = { API_KEY: "sk_live_0123456789", PORT: "3000", PEM: "one\ntwo three\n" };
const WRITTEN = [".env.vault", ".env.production.vault", "envseal.json", ".env.example", "env.d.ts"];

/** A repository without our attributes, cloned as Git for Windows does by default: every text file is CRLF on disk. */
function windowsClone({ attributes = false } = {}): { clone: Project; key: string } {
  const project = sealedProject(FILES);
  project.ok(["example"]);
  project.ok(["types", "-f", ".env"]);
  const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  if (!attributes) project.write(".gitattributes", "* text=auto\n");
  project.commitAll("first");
  project.git("clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", ".", "../clone");
  return { clone: new Project(project.sandbox, project.path("../clone")), key };
}

const hasCrlf = (project: Project, path: string) => project.read(path).includes("\r\n");

describe("a checkout with CRLF line ends", () => {
  it("does not happen to vaults and manifests where init wrote .gitattributes", () => {
    const { clone } = windowsClone({ attributes: true });
    expect(WRITTEN.filter((path) => hasCrlf(clone, path))).toEqual([".env.example", "env.d.ts"]);
    expect(clone.git("status", "--porcelain")).toBe("");
  });

  it("opens in every command and in the loader, and is no change", () => {
    const { clone, key } = windowsClone();
    expect(WRITTEN.filter((path) => !hasCrlf(clone, path))).toEqual([]);
    clone.install();
    expect(parse(clone.ok(["decrypt", ".env", "--stdout"]).stdout)).toEqual(VALUES);
    expect(clone.ok(["get", "PEM", "-f", ".env"]).stdout).toBe("one\ntwo three\n\n");
    const print = "console.log(JSON.stringify([process.env.API_KEY, process.env.PEM]))";
    const app = clone.node(["-r", "envseal/config", "-e", print], { env: { ENVSEAL_KEY: key } });
    expect(JSON.parse(app.stdout)).toEqual([VALUES.API_KEY, VALUES.PEM]);
    for (const command of [
      ["status"],
      ["check", "--all"],
      ["diff"],
      ["sync"],
      ["log"],
      ["list", "-f", ".env"],
      ["recipients"],
      ["keys"],
      ["exposure"],
      ["blame", ".env"],
      ["show", "HEAD:.env"],
      ["scan"],
      ["decrypt"],
      ["encrypt"],
    ])
      expect(clone.envseal(command), command.join(" ")).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/\[[A-Z_]+\]/) });
    for (const command of [["example"], ["types", "-f", ".env"]]) expect(clone.ok(command).stderr).toContain("is up to date");
    expect(clone.git("status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("is written, merged and resolved as any other", () => {
    const { clone } = windowsClone();
    clone.ok(["decrypt", "-q"]);
    // An editor on Windows.
    clone.write(".env", `${clone.read(".env").replace(/\r?\n/g, "\r\n")}ADDED=token-added-0123\r\n`);
    clone.ok(["encrypt", "-q"]);
    clone.ok(["unset", "PORT", "-f", ".env", "-q"]);
    clone.ok(["require", "API_KEY", "-e", "default"]);
    expect(parse(clone.ok(["decrypt", ".env", "--stdout"]).stdout)).toEqual({
      API_KEY: VALUES.API_KEY,
      PEM: VALUES.PEM,
      ADDED: "token-added-0123",
    });
    clone.ok(["rotate", "-e", "default", "--yes", "-q"]);
    clone.commitAll("rotated");
    // Without the driver git merges lines, and what it leaves has CRLF.
    clone.git("checkout", "-qb", "side");
    clone.ok(["set", "OURS", "-f", ".env", "-q"], { input: "token-ours-0123456" });
    clone.commitAll("side");
    clone.git("checkout", "-q", "main");
    clone.ok(["set", "THEIRS", "-f", ".env", "-q"], { input: "token-theirs-0123456" });
    clone.commitAll("main");
    expect(() => clone.git("merge", "-q", "side")).toThrow();
    clone.write(".env.vault", clone.read(".env.vault").replace(/\r?\n/g, "\r\n"));
    expect(clone.fails(["get", "API_KEY", "-f", ".env"]).error).toBe("CONFLICT_MARKERS");
    clone.ok(["resolve"]);
    expect(parse(clone.ok(["decrypt", ".env", "--stdout"]).stdout)).toMatchObject({
      OURS: "token-ours-0123456",
      THEIRS: "token-theirs-0123456",
    });
  });
});
