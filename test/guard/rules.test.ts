import { describe, expect, it } from "vitest";
import type { Allowance } from "../../src/core/authority/manifest.ts";
import { serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { parseVault, type Vault } from "../../src/core/vault/vault.ts";
import { type Allowed, withoutAllowed } from "../../src/guard/allow.ts";
import { blocks, type Finding, RULES } from "../../src/guard/finding.ts";
import { inspectHistory, linesOf } from "../../src/guard/history.ts";
import { plainLine } from "../../src/guard/line-number.ts";
import { mayNamePlaintext } from "../../src/guard/plaintext-names.ts";
import { inspectFile, inspectLarge, inspectName, inspectSpelling } from "../../src/guard/rules.ts";
import { shellWord } from "../../src/printable.ts";
import { MemoryProject } from "../support/vaults.ts";

const project = new MemoryProject();
const vault = (text: string): Vault => parseVault(project.seal(Buffer.from(text)));
const rulesOf = (path: string, content: string | Uint8Array) => inspectFile(path, Buffer.from(content)).map(({ rule }) => rule);

/** Made here: a test replays this repository's history. */
const SECRET = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dc"].join("_");

describe("a file of variables under another name", () => {
  it.each([
    ["config/prod.txt", `# production\n\nPORT=3000\nAPI_KEY=${SECRET}\n`, "API_KEY", 4],
    ["deploy/vars", `export API_KEY='${SECRET}'`, "API_KEY", 1],
    ["a.vars.bak", `\uFEFFAPI_KEY=${SECRET}\r\nB=1\r\n`, "API_KEY", 1],
    ["settings", `HOST=db\nDATABASE=postgres://app:${SECRET}@db:5432/app\n`, "DATABASE", 2],
    ["spaced", `\uFEFF  # note\r\n\n \texport  API_KEY \t=${SECRET}\n`, "API_KEY", 3],
    ["my.example.d/vars", `API_KEY=${SECRET}\n`, "API_KEY", 1],
    ["as-large-as-may-be", `API_KEY=${SECRET}\n#${"x".repeat((64 << 10) - SECRET.length - 11)}\n`, "API_KEY", 1],
    ["sealed-within", `API_KEY=${SECRET}encrypted:ENC[enc:v1\n`, "API_KEY", 1],
    ["pem.txt", `\n  TLS_KEY="-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----"\n# end\n`, "TLS_KEY", 2],
  ])("is plaintext by its content: %s", (path, text, name, line) => {
    const [finding, ...more] = inspectFile(path, Buffer.from(text));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      rule: "plaintext-file",
      path,
      name,
      line,
      message: expect.stringContaining(`line ${line} gives ${name}`),
    });
    expect(JSON.stringify(finding)).not.toContain(SECRET);
  });

  it.each([
    ["no secret", "a.txt", "PORT=3000\nAPP_NAME=shop\n"],
    ["what is to be filled in", "a.txt", "API_KEY=<your key>\nTOKEN=changeme\nSECRET=\n"],
    ["a template by its name", "env.example", `API_KEY=${SECRET}\n`],
    ["a template by its name, with an ending", "settings.dist.txt", `API_KEY=${SECRET}\n`],
    ["a template by the start of its name", "example.txt", `API_KEY=${SECRET}\n`],
    ["a byte more than is looked at", "a", `API_KEY=${SECRET}\n#${"x".repeat((64 << 10) - SECRET.length - 10)}\n`],
    ["a quote that is never closed", "a", `API_KEY='${SECRET}\n`],
    ["a line that only holds a comment's sign", "a", `API_KEY=${SECRET}\nfoo#bar\n`],
    ["one name in small letters", "a", `API_KEY=${SECRET}\nlower=1\n`],
    ["a name that begins with a small letter", "a", `PORT=1\nxAPI_KEY=${SECRET}\n`],
    ["a name that ends with a small letter", "a", `PORT=1\nAPI_KEYx=${SECRET}\n`],
    ["what this program sealed", "a", `API_KEY=enc:v1.k7QxPw2A:${SECRET}\n`],
    ["other lines: a script", "deploy.sh", `API_KEY=${SECRET}\ncurl example.com\n`],
    ["other lines: an ini file", "my.ini", `[client]\nPASSWORD=${SECRET}\n`],
    ["names in small letters: properties", "app.properties", `api.key=${SECRET}\n`],
    ["a document", "README.md", `# Use\n\n    API_KEY=${SECRET}\n\nor another.\n`],
    ["test vectors", "gcm.txt", `# v\nKEY = ${"0f1e2d3c".repeat(4)}\n\nKEY = ${"1f2e3d4c".repeat(4)}\n`],
    ["checksums", "SUMS", `NODE_SHA256=${"0f1e2d3c".repeat(8)}\n`],
    [
      "what dotenvx or SOPS sealed",
      "x.txt",
      'DOTENV_PUBLIC_KEY="03a1b2c3d4e5f60718"\nAPI_KEY="encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt+Z9HPMfLE"\n',
    ],
    ["too large", "big.txt", `API_KEY=${SECRET}\n${"# x\n".repeat(20_000)}`],
    ["nothing", "empty", ""],
    ["no UTF-8", "latin1", Buffer.from(`API_KEY=${SECRET}\u00e4\n`, "latin1")],
  ])("is none with %s", (_what, path, content) => {
    expect(inspectFile(path, Buffer.from(content as string))).toEqual([]);
  });

  it("takes no longer for what looks like one for long", () => {
    expect(inspectFile("lines", Buffer.from(`#${"\n".repeat(60_000)}x`))).toEqual([]);
    expect(inspectFile("spaces", Buffer.from(`${"# \r\n \t".repeat(9_000)}x`))).toEqual([]);
  });
});

describe("a file as git would record it", () => {
  it.each([
    ".env",
    "apps/web/.env",
    ".env.production",
    ".env.local",
    ".env.production.local",
    ".env.staging_eu",
    ".env.keys",
    "a/.ENV.KEYS",
    ".ENV",
    ".Env.Production",
    ".envrc",
    ".ENVRC",
    ".dev.vars",
    ".flaskenv",
    "compose.env",
    "a/b.ENV",
    ".env~",
    ".env.production~",
    "#.env.production#",
    "prod.env~",
    ".envrc~",
    "#.dev.vars#",
    ".env.swp",
    ".env.local.swo",
    ".prod.env.swp",
    ".envrc.swp",
    "a/.env.production~",
    "a/#.env#",
    "new\nline.env",
  ])("is plaintext by its name: %j", (path) => {
    expect(inspectFile(path, Buffer.from("A=1\n"))).toEqual([
      {
        rule: "plaintext-file",
        path,
        message: `${path} holds environment variables in clear`,
        fix: expect.stringContaining(`git rm --cached ${shellWord(path)}`),
      },
    ]);
    expect(rulesOf(path, "")).toEqual(["plaintext-file"]);
  });

  it.each([
    ".env.example",
    ".env.production.sample",
    ".env.me",
    "env",
    "x.envrc",
    ".env.vault~",
    ".env.example.swp",
    "notes.md~",
    ".env/x",
    "a.env/readme.md",
    "environment.ts",
    ".dev.vars.md",
    ".flaskenvs",
    "x.env.md",
    "notes.vault",
    "env.vault",
  ])("is none by its name: %j", (path) => expect(rulesOf(path, "A=1\n")).toEqual([]));

  it("says that its vault takes its place where it has one", () => {
    expect(inspectFile(".env.production", Buffer.from(""))[0]?.fix).toMatch(/its vault takes its place: envseal encrypt$/);
    expect(inspectFile(".env.local", Buffer.from(""))[0]?.fix).toBe("git rm --cached .env.local, and ignore it");
  });

  it("is a vault, whole, or broken", () => {
    const good = project.seal(Buffer.from("A=1\n"));
    expect(rulesOf(".env.vault", good)).toEqual([]);
    expect(rulesOf("a/.env.production.vault", good)).toEqual([]);
    for (const path of [".env.vault", "a/.env.production.vault", ".env.Staging.vault", ".env.local.vault", ".ENV.vault"]) {
      expect(rulesOf(path, "A=1\n")).toEqual(["broken-vault"]);
      expect(rulesOf(path, good.replace(/^A=.*$/m, "A=1"))).toEqual(["broken-vault"]);
    }
    const [finding] = inspectFile("x/.env.vault", Buffer.from(good.replace(/^A=.*$/m, "A=plain-secret")));
    expect(finding).toMatchObject({
      path: "x/.env.vault",
      message: expect.stringMatching(/^x\/\.env\.vault line 2: /),
      fix: expect.stringContaining("git"),
    });
    expect(JSON.stringify(finding)).not.toContain("plain-secret");
    const newer = inspectFile(".env.vault", Buffer.from(good.replace("envseal:1", "envseal:2")));
    expect(newer).toMatchObject([{ rule: "broken-vault", fix: "install the newest envseal" }]);
    expect(inspectFile(".env.vault", Uint8Array.of(0xff))).toEqual([
      { rule: "broken-vault", path: ".env.vault", message: ".env.vault is not valid UTF-8", fix: "take the file from git again" },
    ]);
  });

  it("is a vault or manifest in another spelling, which some systems write over it", () => {
    const [sealed, manifest] = [project.seal(Buffer.from("A=1\n")), serialiseManifest(project.manifest)];
    for (const name of [
      ".ENV.VAULT",
      ".Env.Production.vault",
      ".env.PRODUCTION.vault",
      ".env.vault ",
      ".env\u200b.vault",
      ".env.vault::$DATA",
    ])
      expect(rulesOf(`a/${name}`, sealed), name).toEqual(["broken-vault"]);
    for (const name of ["Envseal.json", "ENVSEAL.JSON", "envseal.json.", "env\u200bseal.json"])
      expect(rulesOf(`a/${name}`, manifest), name).toEqual(["broken-manifest"]);
    expect(rulesOf("Envseal.json", "{}")).toEqual(["broken-manifest"]);
    // Where its content is known, only the name is looked at: it is what that was, until the file of the plain name moves on.
    expect(["a/.ENV.VAULT", "Envseal.json"].flatMap((path) => inspectSpelling(path).map(({ rule }) => rule))).toEqual([
      "broken-vault",
      "broken-manifest",
    ]);
    expect(inspectFile("a/.ENV.VAULT", Buffer.from(sealed))[0]?.message).toContain("a/.ENV.VAULT is .env.vault in another spelling");
  });

  it("is none in another spelling where only its folder has capitals, or it has one name of its own", () => {
    const sealed = project.seal(Buffer.from("A=1\n"));
    for (const path of ["Apps/Web/.env.vault", ".env.local.vault", ".env.Pre_prod.vault"]) expect(rulesOf(path, sealed), path).toEqual([]);
    expect(rulesOf("Apps/envseal.json", serialiseManifest(project.manifest))).toEqual([]);
    expect(["Apps/Web/.env.vault", "Apps/envseal.json", ".env.Pre_prod.vault"].flatMap(inspectSpelling)).toEqual([]);
    for (const path of ["Envseal.json5", "my.Envseal.json", "ENV.VAULT"]) expect(rulesOf(path, "{}"), path).toEqual([]);
  });

  it("is a manifest, whole, or broken", () => {
    expect(rulesOf("a/envseal.json", serialiseManifest(project.manifest))).toEqual([]);
    expect(rulesOf("a/envseal.json", "{}")).toEqual(["broken-manifest"]);
    expect(rulesOf("envseal.json", Uint8Array.of(0xff))).toEqual(["broken-manifest"]);
    expect(rulesOf("envseal.json/x", "{}")).toEqual([]);
  });

  it("may be named in a folder's listing", () => {
    for (const name of [".env", "x.ENV", ".flaskenv", ".dev.vars", ".DEV.VARS"])
      expect(mayNamePlaintext(Buffer.from(`a\0${name}\0`))).toBe(true);
    for (const name of ["readme", "dev.vars", "en v"]) expect(mayNamePlaintext(Buffer.from(name))).toBe(false);
  });
});

describe("a script of direnv's", () => {
  it.each(["use flake\n", 'source_url "https://example.com/direnvrc" "sha256-7u4iDd1n/44Ba+tHkPob1v2k="\nuse devenv\n'])(
    "is no plaintext where it gives no variable: %j",
    (text) => expect(rulesOf("a/.envrc", text)).toEqual([]),
  );

  it.each(["export A=1\n", "use flake\nA+=1", "eval 'A=1'", "$(echo A=1)", "x && B=2", "\ufeffA=1"])("is plaintext with %j", (text) => {
    expect(rulesOf("a/.envrc", text)).toEqual(["plaintext-file"]);
    expect(rulesOf("a/.ENVRC ", text)).toEqual(["plaintext-file"]);
  });

  it("is the only one: no other reader takes such lines for a script", () => {
    for (const path of [".env", ".flaskenv", ".envrc~"]) expect(rulesOf(path, "use flake\n")).toEqual(["plaintext-file"]);
  });
});

describe("a file that is judged by its name alone", () => {
  const names = (path: string) => inspectName(path).map(({ rule }) => rule);

  it.each([".env", "a/.env.production", "prod.env", ".env~", "#.env#", ".prod.env.swp", "..envrc.swp", "..envrc.swo"])(
    "is plaintext: %s",
    (path) => expect(names(path)).toEqual(["plaintext-file"]),
  );

  it.each([".env.vault", ".env.Foo_bar.vault", "a.js", "prod.vars~x", "x#.envx#", "#.envx#", ".prod.env.swpx", "..envrc.swx"])(
    "is none: %s",
    (path) => expect(names(path)).toEqual([]),
  );

  it("is no vault and no manifest where it is too large to be read", () => {
    const large = (path: string) => inspectLarge(path).map(({ rule, message }) => [rule, message]);
    expect(large("a/.env.vault")).toEqual([["broken-vault", "a/.env.vault is larger than 16 MiB"]]);
    expect(large("envseal.json")).toEqual([["broken-manifest", "envseal.json is larger than 16 MiB"]]);
    expect(large(".env").map(([rule]) => rule)).toEqual(["plaintext-file"]);
    expect(large("video.mp4")).toEqual([]);
  });
});

describe("what a vault takes back", () => {
  const [one, two, three] = [vault("A=1\nB=1\n"), vault("A=2\nB=1\n"), vault("A=3\nB=1\n")];
  const earlier = (...vaults: Vault[]) =>
    new Set(vaults.flatMap((version) => [...linesOf(version).values()].map(({ token }) => token.text)));

  it("is a token that had been replaced", () => {
    expect([...linesOf(one).keys()]).toEqual(["A", "B"]);
    expect([...linesOf(vault("# a comment\n\nA=1\n\n# another\nB=1\n")).keys()]).toEqual(["A", "B"]);
    expect(inspectHistory("v", two, one, earlier(one))).toEqual([
      {
        rule: "old-token",
        path: "v",
        name: "A",
        message: "v: A is back at a value that had been replaced earlier, by its very token",
        fix: expect.stringContaining("envseal allow old-token --name A "),
      },
    ]);
    expect(inspectHistory("v", two, three, earlier(one))).toEqual([]);
    expect(inspectHistory("v", two, two, earlier(one, two))).toEqual([]);
    expect(inspectHistory("v", two, one, new Set())).toEqual([]);
  });

  it("is one that had been removed; and a name that is gone", () => {
    const without = vault("B=1\n");
    const back = inspectHistory("v", without, one, earlier(one));
    expect(back.map(({ name, message }) => [name, message])).toEqual([
      ["A", "v: A is back at a value that had been removed earlier, by its very token"],
      // Its neighbour is another, so its token is.
      ["B", "v: B is back at a value that had been replaced earlier, by its very token"],
    ]);
    expect(inspectHistory("v", one, without, new Set())).toEqual([
      {
        rule: "removed-name",
        level: "warning",
        path: "v",
        name: "A",
        message: "v: A was removed",
        fix: expect.stringContaining("envseal require A"),
      },
    ]);
  });
});

describe("an entry that lets a finding through", () => {
  const finding: Finding = { rule: "leak", path: "a/b.ts", name: "KEY", message: "m", fix: "f" };
  const settings = (...allow: Allowance[]): Allowed => ({ environment: "default", allow });
  const left = (...allow: { rule?: string; path?: string; name?: string; expires?: string }[]) =>
    withoutAllowed([finding], settings(...allow.map((entry) => ({ rule: "leak", reason: "x", ...entry }))), () => "2026-06-15").length;

  it("is of its rule, and of its path and name where it has them", () => {
    expect([left({}), left({ path: "a/b.ts" }), left({ name: "KEY" }), left({ path: "a/b.ts", name: "KEY" })]).toEqual([0, 0, 0, 0]);
    expect([left(), left({ rule: "key-in-file" }), left({ path: "a/b" }), left({ path: "b.ts" }), left({ name: "KEY2" })]).toEqual([
      1, 1, 1, 1, 1,
    ]);
    expect([
      left({ path: "a/b.ts", name: "X" }),
      left({ path: "x", name: "KEY" }),
      left({ rule: "x", path: "a/b.ts", name: "KEY" }),
    ]).toEqual([1, 1, 1]);
    expect(left({ rule: "x" }, {})).toBe(0);
  });

  it("is of its own environment's findings, and of those that are of none", () => {
    const entry = { rule: "leak", reason: "x" };
    const passes = (change: Partial<Finding>, allowed = entry) =>
      withoutAllowed([{ ...finding, ...change }], settings(allowed), () => "2026-06-15").length === 0;
    expect([passes({}), passes({ environment: "default" }), passes({ environment: "production" })]).toEqual([true, true, false]);
    expect([passes({ path: "a/.env.vault" }), passes({ path: "a/.env.production.vault" })]).toEqual([true, false]);
    // A file in clear is of no environment, whatever it is called.
    const plaintext = { ...entry, rule: "plaintext-file" };
    expect(passes({ rule: "plaintext-file", path: ".env.production" }, plaintext)).toBe(true);
    // What is said of a manifest's form nobody lets through.
    for (const rule of ["forged-manifest", "forged-access", "forged-authority", "new-root"] as const)
      expect(passes({ rule, environment: "default" }, { ...entry, rule })).toBe(false);
  });

  it("counts until its day is over", () => {
    expect([left({ expires: "2026-06-15" }), left({ expires: "2026-06-16" }), left({ expires: "2026-06-14" })]).toEqual([0, 0, 1]);
    expect(left({ expires: "2026-06-14" }, { expires: "2027-01-01" })).toBe(0);
  });

  it("is not asked for where there is nothing to let through, nor the date", () => {
    const today = () => {
      throw new Error("asked");
    };
    const findings = [finding];
    const same = withoutAllowed(findings, settings(), today);
    expect(same).toEqual(findings);
    expect(same).not.toBe(findings);
    expect(withoutAllowed([], settings({ rule: "leak", reason: "x" }), today)).toEqual([]);
    expect(
      withoutAllowed([finding, { ...finding, path: "c" }], settings({ rule: "leak", path: "c", reason: "x" }), () => "2026-01-01"),
    ).toEqual([finding]);
  });
});

describe("a finding", () => {
  it("blocks, but as a warning", () => {
    const of = (level?: "error" | "warning"): Finding => ({ rule: "leak", path: "a", message: "", fix: "", ...(level && { level }) });
    expect([blocks(of()), blocks(of("error")), blocks(of("warning"))]).toEqual([true, true, false]);
    expect(Object.values(RULES).every(({ summary, help }) => summary.length > 10 && help.length > 10)).toBe(true);
  });

  it("has a line in a text, and none in what is no text", () => {
    const text = Buffer.from("one\ntwo\n\nfour");
    expect([0, 2, 3, 4, 7, 8, 9, 12].map((at) => plainLine(text, at))).toEqual([1, 1, 1, 2, 2, 3, 4, 4]);
    expect(plainLine(Buffer.from("a\0b"), 2)).toBeUndefined();
    const late = Buffer.alloc(8194, "x");
    late[8192] = 0;
    expect(plainLine(late, 8193)).toBe(1);
    late[8191] = 0;
    expect(plainLine(late, 8193)).toBeUndefined();
  });
});
