import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { isNightly } from "../support/sample.ts";
import { ROOT, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_0123456789";
const ENV = `# The payment provider's key
export API_KEY=${KEY} # from the dashboard
# OLD_KEY=sk_old_9876543210
# it was Zk39_xQpL20aMv81tR once

PORT=3000
DB_PASSWORD="correct\nhorse 42" # not 'Zk39_xQpL20aMv81tR'
`;

describe("example", () => {
  it("of a large vault is written at once", () => {
    const rows = Array.from({ length: 2500 }, (_, at) => `# the comment of N${at}\nN${at}=Zk3_9fQp-${at * 7919}\n`);
    const project = sealedProject({ ".env": rows.join("") });
    expect(project.ok(["example", "--stdout"]).stdout).toContain("# the comment of N2499\nN2499=\n");
  }, 20_000);

  it("writes names, comments and public values; no secret, no value that was commented out", () => {
    const project = sealedProject({ ".env": ENV });
    project.ok(["example"]);
    expect(project.read(".env.example")).toBe("# The payment provider's key\nAPI_KEY= # from the dashboard\n\nPORT=3000\nDB_PASSWORD=\n");
    expect(parse(project.read(".env.example"))).toEqual({ API_KEY: "", PORT: "3000", DB_PASSWORD: "" });
    expect(project.ok(["example", "--stdout"]).stdout).toBe(project.read(".env.example"));
    expect(project.ok(["example"]).stderr).toContain("up to date");
  });

  it("says what it publishes, and how many comments it leaves out", () => {
    const project = sealedProject({ ".env": ENV });
    const told = [
      "published, with 1 public value: PORT",
      "published, with 2 comments:",
      "    # The payment provider's key\n    # from the dashboard",
      "3 comments of .env.vault left out",
    ];
    for (const args of [["example", "--stdout"], ["example"]]) {
      const { stderr } = project.ok(args);
      for (const text of told) expect(stderr).toContain(text);
    }
    expect(project.ok(["example", "--stdout", "-q"]).stderr).toBe("");
    const { stderr } = project.ok(["example"]);
    expect(stderr, "nothing is new").not.toContain("published");
    expect(stderr).not.toMatch(/OLD_KEY|Zk39/);
  });

  it("publishes no assignment that is commented out with another mark than =, no command and no end of a key", () => {
    const pem = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "k3Zq", "-----END PRIVATE KEY-----"].map(
      (row) => `# ${row}\n`,
    );
    const rows = ["# OLD_KEY: tiger", "# mysql -u root -ptiger", "# set TOKEN=tiger", "# login: bob / tiger", "# the password is tiger"];
    const project = sealedProject({ ".env": `${rows.join("\n")}\n${pem.join("")}API_KEY=${KEY} # was tiger\n` });
    expect(project.ok(["example", "--stdout"]).stdout).toBe("API_KEY=\n");
  });

  it("leaves out a comment with a value of the vault, however plain it looks", () => {
    const text =
      "# ask for the key\n# use the public-default-value\nAPI_KEY=public-default-value # not the public-default-value\nDATABASE_URL=postgres://u:quick-fox-77Ab@db/x # not quick-fox-77Ab\n";
    const project = sealedProject({ ".env": text });
    expect(project.ok(["example", "--stdout"]).stdout).toBe("# ask for the key\nAPI_KEY=\nDATABASE_URL=\n");
  });

  it("keeps what people wrote, adds what is missing at the end, and drops only with --prune", () => {
    const mine = "# start here\r\nPORT=8080\r\nOTHER=gone\r\nEMPTY='sample' # mine";
    const project = sealedProject({ ".env": `EMPTY=x\n# a key for it\nAPI_KEY=${KEY}\nPORT=3000\n`, ".env.example": mine });
    project.ok(["example"]);
    const added = `${mine}\r\n# a key for it\r\nAPI_KEY=\r\n`;
    expect(project.read(".env.example")).toBe(added);
    project.ok(["example"]);
    expect(project.read(".env.example")).toBe(added);
    project.ok(["example", "--prune"]);
    expect(project.read(".env.example")).toBe(added.replace("OTHER=gone\r\n", ""));
  });

  it("--prune keeps the names of the vaults beside it", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.production": "B=2\n", ".env.example": "A=\nB=\nC=\n" });
    project.ok(["example", "--prune"]);
    expect(project.read(".env.example")).toBe("A=\nB=\n");
  });

  it("takes a secret out that was pasted into it", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
    project.write(".env.example", `API_KEY="${KEY}" # yours\n`);
    project.ok(["example"]);
    expect(project.read(".env.example")).toBe('API_KEY="" # yours\n');
  });
});

describe("check and the example", () => {
  it("warns where names differ, and stops nothing", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=1\n` });
    project.commitAll();
    expect(project.ok(["check", "--all"]).stdout).not.toContain("example-drift");
    project.write(".env.example", "PORT=\nEXTRA=\n");
    project.git("add", "-A");
    const { findings } = JSON.parse(project.ok(["check", "--staged", "--json"]).stdout);
    expect(findings).toMatchObject([
      { rule: "example-drift", level: "warning", path: ".env.example", message: expect.stringContaining("lacks API_KEY,") },
      { rule: "example-drift", level: "warning", line: 2, message: expect.stringContaining("has EXTRA,") },
    ]);
    project.commitAll("example");
    const stranger = project.sandbox.otherHome("stranger");
    for (const scope of [["--all"], ["--range", "HEAD~1..HEAD"]])
      expect(project.ok(["check", ...scope], { env: stranger }).stdout.match(/\[example-drift\]/g)).toHaveLength(2);
    project.write("README.md", "text\n");
    project.git("add", "README.md");
    expect(project.ok(["check", "--staged"]).stdout).not.toContain("example-drift");
    project.ok(["example", "--prune"]);
    project.git("add", "-A");
    expect(project.ok(["check", "--all"]).stdout).not.toContain("example-drift");
    expect(project.ok(["check", "--explain", "example-drift"]).stdout).toContain("envseal example");
  });
});

describe("check and the comments of the example", () => {
  const warned = (project: ReturnType<typeof sealedProject>) =>
    JSON.parse(project.ok(["check", "--all", "--json"]).stdout).findings.filter(({ rule }: { rule: string }) => rule === "example-comment");

  it("warns once a file of what may be a secret, with its lines and never the text", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
    project.write(
      ".env.example",
      "# Old: DB_PASSWORD=swordfish\n# the key of the shop\n# login: bob / swordfish\nAPI_KEY= # was sk_live_abcdef0123456789\n",
    );
    project.git("add", "-A");
    const found = warned(project);
    expect(found).toMatchObject([
      { level: "warning", path: ".env.example", line: 1, message: expect.stringContaining("in lines 1, 3, 4") },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/swordfish|sk_live/);
    const stranger = project.sandbox.otherHome("stranger");
    expect(project.ok(["check", "--all"], { env: stranger }).stdout).toContain("[example-comment]");
    expect(project.ok(["check", "--explain", "example-comment"]).stdout).toContain("Take out what is a secret");
  });

  it("looks at no file that is larger than an example is, and says so", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
    project.write(".env.example", `API_KEY=\n${"# A= \n".repeat(60_000)}`);
    project.git("add", "-A");
    expect(warned(project)).toMatchObject([{ message: expect.stringContaining("larger than 256 KiB") }]);
  });

  it("says nothing of what example wrote, and nothing of samples and sentences that people wrote", () => {
    const project = sealedProject({ ".env": ENV });
    project.ok(["example", "-q"]);
    project.write(
      ".env.example",
      `${project.read(".env.example")}# DB_HOST=127.0.0.1\n# DB_PASSWORD=\n# API_KEY=your-key-here\n# Das Passwort kennt Ada\n# openssl rand -base64 32\n`,
    );
    project.git("add", "-A");
    expect(warned(project)).toEqual([]);
  });
});

describe("check and a secret in the example", () => {
  it("stops it there and wherever else it is, and leaves the defaults of examples alone", () => {
    const key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    const project = sealedProject({ ".env": `API_KEY=${key}\nDB_URL=postgres://app:app@db.example.org/app_dev\n` });
    project.commitAll();
    project.write(".env.example", `API_KEY=${key}\nDB_URL=postgres://app:app@db.example.org/app_dev\n`);
    project.write("a.js", `key("${key}");\ndb("postgres://app:app@db.example.org/app_dev");\n`);
    project.git("add", "-A");
    const { code, stdout } = project.envseal(["check", "--staged", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings.filter(({ rule }: { rule: string }) => rule === "leak")).toMatchObject([
      { level: "error", path: ".env.example", line: 1, name: "API_KEY" },
      { level: "error", path: "a.js", line: 1, name: "API_KEY" },
    ]);
    project.ok(["example"]);
    project.write("a.js", "");
    project.git("add", "-A");
    project.ok(["check", "--staged"]);
  });
});

describe("types", () => {
  it("replaces no file that it did not make", () => {
    const project = sealedProject({ ".env": "PORT=3000\n" });
    const own = '/// <reference types="vite/client" />\n';
    project.write("env.d.ts", own);
    expect(project.fails(["types"]).error).toBe("NEEDS_TERMINAL");
    expect(project.read("env.d.ts")).toBe(own);
    project.ok(["types", "--yes"]);
    project.ok(["set", "HOST"], { input: "x" });
    project.ok(["types"]);
    expect(project.read("env.d.ts"), "its own").toContain("HOST");
  });

  it("compiles: a required name is a string, another may be missing, and no value is in it", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\nVITE_TITLE=Title of it\nVITE_KEY=abc\na.b=1\n` });
    project.ok(["require", "API_KEY", "VITE_TITLE"]);
    project.ok(["types", "--vite"]);
    const text = project.read("env.d.ts");
    for (const value of [KEY, "3000", "Title of it"]) expect(text).not.toContain(value);
    expect(text).toMatch(/^\/\/ Made by: envseal types --vite\n/);
    expect(project.ok(["types", "--vite"]).stderr).toContain("up to date");
    project.ok(["types", "--out", "src/own.d.ts"]);
    expect(project.read("src/own.d.ts")).toBe(project.ok(["types", "--stdout"]).stdout);
    expect(readdirSync(project.path("src"))).toEqual(["own.d.ts"]);
    project.write(
      "use.ts",
      `const a: string = process.env.API_KEY;
const t: string = import.meta.env.VITE_TITLE;
// @ts-expect-error PORT may be missing
const p: string = process.env.PORT;
// @ts-expect-error VITE_KEY may be missing
const k: string = import.meta.env.VITE_KEY;
// @ts-expect-error what is no VITE_ name is not shown to client code
import.meta.env.API_KEY;
export { a, t, p, k };
`,
    );
    const types = join(ROOT, "node_modules/@types");
    const args = [
      "--noEmit",
      "--strict",
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
      "--target",
      "es2022",
      "--typeRoots",
      types,
    ];
    // The compiler in JavaScript takes ten times as long.
    const compilers = ["typescript-native", ...(isNightly ? ["typescript"] : [])];
    const compile = (compiler: string) =>
      execFileSync(process.execPath, [join(ROOT, `node_modules/${compiler}/bin/tsc`), ...args, "--types", "node", "env.d.ts", "use.ts"], {
        cwd: project.folder,
        encoding: "utf8",
      });
    for (const compiler of compilers) expect(compile(compiler)).toBe("");
    project.write("env.d.ts", text.replace("API_KEY: string", "API_KEY: number"));
    for (const compiler of compilers) expect(() => compile(compiler)).toThrow();
  });
});

describe("list --unused", () => {
  it("finds names that nothing mentions, and names that are read and set nowhere", () => {
    const project = sealedProject({
      ".env": "USED=1\nPORT=2\nDEAD=3\nCOMPOSED=4\nSHELL_ONE=5\n",
      ".env.production": "LATER=1\n",
      "src/app.ts": "process.env.USED; process.env.GHOST; import.meta.env.VITE_GHOST; process.env.LATER; process.env.NODE_ENV;\n",
      "src/b.js": "process.env['BRACKET']; PORT_2; EXPORT;\n",
      "compose.yaml": "command: ${COMPOSED}\n",
      "run.sh": 'echo "$SHELL_ONE"\n',
      "untracked.js": "process.env.DEAD",
      ".env.example": "DEAD=\n",
      "package-lock.json": "DEAD\n",
    });
    project.git("add", "src", "compose.yaml", "run.sh", ".env.example", "package-lock.json", ".env.vault", "envseal.json");
    const { unused, unset } = JSON.parse(project.ok(["list", "--unused", "--json", "-e", "default"]).stdout);
    expect(unused).toEqual(["PORT", "DEAD"]);
    expect(unset).toEqual([
      { name: "BRACKET", path: "src/b.js" },
      { name: "GHOST", path: "src/app.ts" },
      { name: "VITE_GHOST", path: "src/app.ts" },
    ]);
    const { stdout } = project.ok(["list", "--unused", "-e", "default"], { cwd: project.path("src") });
    expect(stdout).toMatch(/^PORT +unused +in \.env\.vault/m);
    expect(stdout).toMatch(/^GHOST +not set +src\/app\.ts reads it/m);
    expect(project.ok(["list", "--unused", "-q", "-e", "default"]).stdout).toBe("PORT\nDEAD\n");
  });
});
