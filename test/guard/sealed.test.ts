import { createCipheriv, createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { inspectFile, inspectLink, mayBePlaintext } from "../../src/guard/rules.ts";
import { sealedBy } from "../../src/guard/sealed.ts";
import { dotenvx, sopsCase } from "../support/peers.ts";

const SECRET = createHash("sha256").update("sealed").digest("hex");
/** What no text is. */
const cipher = createCipheriv("aes-256-ctr", Buffer.alloc(32, 7), Buffer.alloc(16));
const noise = cipher.update(Buffer.alloc(256));
const rulesOf = (path: string, content: string | Uint8Array) =>
  inspectFile(path, Buffer.from(content)).map(({ rule, level = "error" }) => `${rule} ${level}`);

const armour = (of: string) => `-----BEGIN ${of}-----\n${noise.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${of}-----\n`;
const sopsValue = /ENC\[AES256_GCM,data:[^\]]+\]/.exec(sopsCase().file)?.[0] as string;
const laravel = Buffer.from(
  JSON.stringify({ iv: noise.toString("base64").slice(0, 24), value: noise.toString("base64"), mac: SECRET, tag: "" }),
);

const SEALED: [what: string, tool: string, content: string | Uint8Array][] = [
  ["dotenvx", "dotenvx", dotenvx("2.38.2").file],
  ["an older dotenvx", "dotenvx", dotenvx("1.75.1").file],
  ["dotenvx, which leaves a port in clear", "dotenvx", `PORT=3000\nLOG_LEVEL=debug\n${dotenvx("2.38.2").file}`],
  ["SOPS", "SOPS", sopsCase().file],
  ["SOPS, which leaves a level in clear", "SOPS", sopsCase("unencrypted-suffix").file],
  [
    "SOPS, of a file that it does not know",
    "SOPS",
    JSON.stringify({ data: sopsValue, sops: { version: "3.9.0", mac: sopsValue } }, null, 2),
  ],
  ["git-crypt", "git-crypt", Buffer.concat([Buffer.from("\0GITCRYPT\0", "latin1"), noise])],
  ["age", "age", Buffer.concat([Buffer.from("age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n"), noise])],
  ["age, as text", "age", armour("AGE ENCRYPTED FILE")],
  ["GnuPG, as text", "GnuPG", armour("PGP MESSAGE")],
  ["openssl", "openssl", Buffer.concat([Buffer.from("Salted__"), noise])],
  ["openssl, as text", "openssl", Buffer.concat([Buffer.from("Salted__"), noise]).toString("base64")],
  ["Laravel", "Laravel", laravel.toString("base64")],
  ["Ansible Vault", "Ansible Vault", `$ANSIBLE_VAULT;1.1;AES256\n${noise.toString("hex").replace(/.{80}/g, "$&\n")}\n`],
];

describe("another tool's ciphertext", () => {
  it.each(SEALED)("is named as that, and never in clear: %s", (_what, tool, content) => {
    expect(sealedBy(Buffer.from(content))).toBe(tool);
    for (const path of [".env", "apps/web/.env.production", "prod.env", ".env.local"]) {
      const [finding, ...more] = inspectFile(path, Buffer.from(content));
      expect(more).toEqual([]);
      expect(finding).toMatchObject({
        rule: "peer-file",
        level: "warning",
        path,
        message: `${path} is encrypted by ${tool}, and not looked into`,
      });
    }
    expect(rulesOf(".env.production.enc", content)).toEqual(["peer-file warning"]);
  });

  it.each([
    ["dotenvx' file with one secret in clear", `${dotenvx("2.38.2").file}\nOTHER_TOKEN=${SECRET}\n`],
    ["with one that is commented out", `${dotenvx("2.38.2").file}\n# OTHER_TOKEN=${SECRET}\n`],
    ["with a password in a URL", `${dotenvx("2.38.2").file}\nBACKEND=postgres://app:${SECRET}@db.example.com/app\n`],
    ["with a short one", `${dotenvx("2.38.2").file}\nDB_PASSWORD=x9\n`],
    ["with a line that is no assignment", `${dotenvx("2.38.2").file}\npassword ${SECRET}\n`],
    ["with a secret before its ciphertext", dotenvx("2.38.2").file.replace("encrypted:", `${SECRET} encrypted:`)],
    ["what only says that it is encrypted", "API_KEY=encrypted:abc\n"],
    ["SOPS' file that leaves secrets in clear", sopsCase("encrypted-suffix").file],
    ["SOPS' file with a value of one's own", JSON.stringify({ data: sopsValue, token: SECRET, sops: {} })],
    ["JSON without a value of SOPS", JSON.stringify({ token: SECRET })],
    ["git-crypt's header before text", Buffer.from(`\0GITCRYPT\0API_KEY=${SECRET}\n`, "latin1")],
    ["age's header before text", `age-encryption.org/v1\nAPI_KEY=${SECRET}\n`],
    ["openssl's header before text", `Salted__\nAPI_KEY=${SECRET}\n`],
    ["armour around text", `-----BEGIN PGP MESSAGE-----\n\nAPI_KEY='${SECRET}'\n-----END PGP MESSAGE-----\n`],
    ["text after armour", `${armour("PGP MESSAGE")}API_KEY=${SECRET}\n`],
    ["text before armour", `API_KEY=${SECRET}\n${armour("AGE ENCRYPTED FILE")}`],
    ["a header of Ansible's before text", `$ANSIBLE_VAULT;1.1;AES256\nAPI_KEY=${SECRET}\n`],
    ["Laravel's with one more field", Buffer.from(laravel.toString().replace("{", `{"token":"${SECRET}",`)).toString("base64")],
    ["nothing", ""],
    ["plaintext", "A=1\n"],
  ])("is not %s", (_what, content) => {
    expect(sealedBy(Buffer.from(content))).toBeNull();
    expect(rulesOf(".env", content)).toEqual(["plaintext-file error"]);
    expect(rulesOf(".env.production.enc", content)).toEqual(["plaintext-file error"]);
  });

  it("is what no text is, where its name says so and no tool is known by it", () => {
    expect(rulesOf(".env.gpg", noise)).toEqual([]);
    expect(rulesOf(".env", noise)).toEqual(["plaintext-file error"]);
    expect([".env.gpg", ".env", ".env.vault", "readme.md"].map(mayBePlaintext)).toEqual([true, true, false, false]);
  });
});

describe("a symbolic link", () => {
  const links = (path: string, target: string) =>
    inspectLink(path, Buffer.from(target)).map(({ rule, level = "error" }) => `${rule} ${level}`);

  it.each(["../../.env", ".env.development", "/run/secrets/env", "config/a b=c/.env"])(
    "with the name of an env file is no plaintext: %s",
    (target) => {
      for (const path of [".env", "apps/web/.env.local", "prod.env"]) expect(links(path, target)).toEqual([]);
    },
  );

  it.each([`API_KEY=${SECRET}`, "A=1", "export A=1", "one\ntwo", "# note\nA=1\n"])("has variables for a target: %j", (target) => {
    expect(links(".env", target)).toEqual(["env-link error"]);
    expect(JSON.stringify(inspectLink(".env", Buffer.from(target)))).not.toContain(SECRET);
  });

  it("holds a secret under any name", () => {
    expect(links("docs/link", `API_KEY=${SECRET}`)).toEqual(["plaintext-file error"]);
    expect(links("docs/link", "../readme.md")).toEqual([]);
  });

  it("is no vault and no manifest", () => {
    expect(links(".env.vault", "../.env.vault")).toEqual(["broken-vault error"]);
    expect(links("a/envseal.json", "../envseal.json")).toEqual(["broken-manifest error"]);
  });
});
