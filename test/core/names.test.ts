import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isVaultPath } from "../../src/core/manifest/manifest-shape.ts";
import {
  classifyFile,
  environmentOfFile,
  isEnvironment,
  isEnvironmentSuffix,
  isRecipientName,
  isVariableName,
  matchesPattern,
  plaintextName,
  vaultName,
} from "../../src/core/names.ts";
import { maskSealed } from "../../src/core/vault/mask.ts";
import { runs } from "../support/arbitraries.ts";

const RESERVED = ["local", "vault", "file", "keys", "me", "example", "sample", "template", "dist", "defaults"];

describe("an environment's name", () => {
  it.each(["a", "production", "0", "a-b", "a-", "x".repeat(32)])("may be %s", (name) => {
    expect([isEnvironment(name), isEnvironmentSuffix(name)]).toEqual([true, true]);
    expect([environmentOfFile(vaultName(name)), classifyFile(plaintextName(name))]).toEqual([
      name,
      { kind: "plaintext", environment: name },
    ]);
  });

  it.each(["", "-a", "A", "a_b", "a.b", "a b", "ä", "x".repeat(33), "a\n", "\na", "../x", ...RESERVED])("is not %j", (name) => {
    expect([isEnvironment(name), isEnvironmentSuffix(name), environmentOfFile(`.env.${name}.vault`)]).toEqual([false, false, null]);
  });

  it("may be default, whose files have no name in theirs", () => {
    expect([isEnvironment("default"), isEnvironmentSuffix("default")]).toEqual([true, false]);
    expect([plaintextName("default"), vaultName("default")]).toEqual([".env", ".env.vault"]);
    expect([plaintextName("a"), vaultName("a")]).toEqual([".env.a", ".env.a.vault"]);
  });
});

describe("a recipient's name", () => {
  it.each(["a", "0a", "ada.lovelace", "a_b-c", "x".repeat(64)])("may be %s", (name) => expect(isRecipientName(name)).toBe(true));
  it.each(["", ".a", "-a", "_a", "A", "a b", "a/b", "x".repeat(65), "a\n", "ä"])("is not %j", (name) =>
    expect(isRecipientName(name)).toBe(false),
  );
});

describe("a variable's name", () => {
  it.each(["A", "a.b-c", "_", "1", "__proto", "constructor"])("may be %s", (name) => expect(isVariableName(name)).toBe(true));
  it.each(["", "__proto__", "A B", "A=", "Ä", "A\n", "\nA", "A#"])("is not %j", (name) => expect(isVariableName(name)).toBe(false));
});

describe("a file's name", () => {
  it.each<[string, object | null]>([
    [".env", { kind: "plaintext", environment: "default" }],
    [".env.vault", { kind: "vault", environment: "default" }],
    [".env.production", { kind: "plaintext", environment: "production" }],
    [".env.production.vault", { kind: "vault", environment: "production" }],
    [".env.local", { kind: "personal" }],
    [".env.production.local", { kind: "personal" }],
    [".env.vault.local", { kind: "personal" }],
    ...["example", "sample", "template", "dist", "defaults", "keys", "me"].map((name): [string, object] => [
      `.env.${name}`,
      { kind: "template" },
    ]),
    ...["example", "sample", "template", "dist", "defaults"].map((name): [string, object] => [
      `.env.production.${name}`,
      { kind: "template" },
    ]),
    ...["dev.example", "example.docker", "dev-azure.example", "prod-sample", "sample_eu", "a.dist.b"].map((name): [string, object] => [
      `.env.${name}`,
      { kind: "template" },
    ]),
    [".env-example", { kind: "template" }],
    [".env_sample", { kind: "template" }],
    [".env.example.local", { kind: "personal" }],
    [".env-example.local", { kind: "misspelt", suggestion: ".env.example-local" }],
    [".env.dev.example.vault", { kind: "misspelt", suggestion: ".env.dev-example.vault" }],
    ...["enc", "encrypted", "sops", "age", "gpg", "asc"].flatMap((name): [string, object][] => [
      [`.env.${name}`, { kind: "encrypted" }],
      [`.env.production.${name}`, { kind: "encrypted" }],
    ]),
    [".env.enc.vault", { kind: "vault", environment: "enc" }],
    [".env.encx", { kind: "plaintext", environment: "encx" }],
    [".env-prod", { kind: "misspelt", suggestion: ".env.prod" }],
    [".env_prod", { kind: "misspelt", suggestion: ".env.prod" }],
    [".env-prod.ts", null],
    [".env.production.keys", { kind: "misspelt", suggestion: ".env.production-keys" }],
    [".env.staging_eu", { kind: "misspelt", suggestion: ".env.staging-eu" }],
    [".env.Staging EU!", { kind: "misspelt", suggestion: ".env.staging-eu" }],
    [".env.production.examples", { kind: "misspelt", suggestion: ".env.production-examples" }],
    [".env.staging__eu", { kind: "misspelt", suggestion: ".env.staging-eu" }],
    [".env.__A__", { kind: "misspelt", suggestion: ".env.a" }],
    [".env.Staging.vault", { kind: "misspelt", suggestion: ".env.staging.vault" }],
    [".env.local.vault", { kind: "misspelt", suggestion: ".env.vault" }],
    [".env.example.vault", { kind: "misspelt", suggestion: ".env.vault" }],
    [".env.", { kind: "misspelt", suggestion: ".env" }],
    [".env.___", { kind: "misspelt", suggestion: ".env" }],
    [".env.default", { kind: "misspelt", suggestion: ".env" }],
    [".env..vault", { kind: "misspelt", suggestion: ".env.vault" }],
    [`.env.${"X".repeat(40)}`, { kind: "misspelt", suggestion: `.env.${"x".repeat(32)}` }],
    ["env", null],
    [".envrc", null],
    [".env2", null],
    ["x.env", null],
    ["a.env.vault", null],
    [".ENV", null],
    ["", null],
  ])("%s", (name, kind) => {
    expect(classifyFile(name)).toEqual(kind);
  });

  it("stands for an environment where it is a vault's alone", () => {
    expect([".env.vault", ".env.a.vault", ".env", ".env.a", ".env.local", "x"].map(environmentOfFile)).toEqual([
      "default",
      "a",
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("a vault's path", () => {
  it.each([
    ".env.vault",
    "apps/web/.env.production.vault",
    "a b/.env.vault",
    "é/.env.vault",
    "...x/.env.vault",
    `${"x/".repeat(507)}.env.vault`,
  ])("may be %s", (path) => expect(isVaultPath(path)).toBe(true));
  it.each([
    "",
    "/.env.vault",
    "a//.env.vault",
    "./.env.vault",
    "a/../.env.vault",
    "../.env.vault",
    "a/./.env.vault",
    "a\\.env.vault",
    "a\\b/.env.vault",
    "e\u0301/.env.vault",
    "a\n/.env.vault",
    "a\0/.env.vault",
    "a\u2028/.env.vault",
    "a\u2029/.env.vault",
    "a\u202e/.env.vault",
    "a\u200b/.env.vault",
    ".env.vault/",
    ".env",
    "a/.env.production",
    "a/.env.local.vault",
    ".env.vault/x",
    `${"x/".repeat(508)}.env.vault`,
  ])("is not %j", (path) => expect(isVaultPath(path)).toBe(false));
});

describe("a pattern of public names", () => {
  it.each([
    ["PORT", "PORT", true],
    ["PORT", "PORTS", false],
    ["PORT", "XPORT", false],
    ["NEXT_PUBLIC_*", "NEXT_PUBLIC_X", true],
    ["NEXT_PUBLIC_*", "NEXT_PUBLIC_", true],
    ["NEXT_PUBLIC_*", "XNEXT_PUBLIC_X", false],
    ["*", "ANYTHING", true],
    ["A*C", "ABC", true],
    ["A*C", "AC", true],
    ["A*C", "ABD", false],
    ["A*C", "A", false],
    ["AB*BC", "ABC", false],
    ["AB*BC", "ABBC", true],
    ["A*B*C", "ABC", true],
    ["A*B*C", "AxxBxxC", true],
    ["A*B*C", "AxxC", false],
    ["A*B*C", "BAC", false],
    ["A*BB*BC", "ABBC", false],
    ["A*BB*BC", "ABBBC", true],
    ["*A*A*", "A", false],
    ["*A*A*", "xAAx", true],
    ["*B*A*", "AB", false],
    ["**", "A", true],
    ["A**C", "AC", true],
    ["*_URL", "A_URL", true],
    ["*_URL", "A_URLS", false],
    ["A.B", "AXB", false],
    ["A.B", "A.B", true],
    ["A-B", "A-B", true],
    ["port", "PORT", false],
    ["A", "A\nB", false],
    ["", "A", false],
  ])("%s over %j: %s", (pattern, name, covers) => expect(matchesPattern(pattern, name)).toBe(covers));

  it("takes what is not * as it stands", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, name) => {
        fc.pre(!pattern.includes("*"));
        expect(matchesPattern(pattern, name)).toBe(pattern === name);
        expect(matchesPattern(`${pattern}*`, pattern + name)).toBe(true);
        expect(matchesPattern(`*${pattern}`, name + pattern)).toBe(true);
      }),
      runs(300),
    );
  });
});

describe("masking what is sealed", () => {
  it("leaves eight characters of it, line by line, and all else", () => {
    const body = "ABCDEFGH".repeat(8);
    expect(maskSealed(`A=enc:v12.k7QxPw2A:${body}\nB='x' # enc:v1.AAAAAAAA:${body}\nC=plain enc:v1\n`)).toBe(
      "A=<v12 ABCDEFGH>\nB='x' # <v1 ABCDEFGH>\nC=plain enc:v1\n",
    );
    expect(maskSealed(`"age:${body}" "aead:${body}" "hkdf:${body}" "hmac:k7QxPw2A:${body}"`)).toBe(
      '"age:ABCDEFGH.." "aead:ABCDEFGH.." "hkdf:ABCDEFGH.." "hmac:k7QxPw2A:ABCDEFGH.."',
    );
    for (const kept of ["voyage:ABCDEFGHIJ", "enc:vx.AAAAAAAA:ABCDEFGHIJ", "hmac:short:ABCDEFGHIJ", "age:ABCDEFGH"])
      expect(maskSealed(kept)).toBe(kept);
  });
});
