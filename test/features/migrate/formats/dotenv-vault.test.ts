import { describe, expect, it } from "vitest";
import { serialise, valuesOf } from "../../../../src/core/vault/document.ts";
import { openDotenvVault } from "../../../../src/features/migrate/formats/dotenv-vault.ts";
import { dotenvKey, dotenvVault } from "../../../support/peers.ts";

const real = dotenvVault();
const open = (key: string, file = real.file, environment?: string) =>
  openDotenvVault(Buffer.from(file), { source: "DOTENV_KEY", text: key }, ".env.vault", environment);

describe("a vault of dotenv-vault", () => {
  it("gives the file that was sealed, byte for byte, and the values that dotenv 16 and 17 read", () => {
    const { document, environment, warnings } = open(dotenvKey("production"));
    expect(Buffer.from(serialise(document)).toString()).toBe(real.plain);
    expect(Object.fromEntries(valuesOf(document))).toEqual(real.values.production);
    expect([environment, warnings]).toEqual(["production", []]);
    expect(Object.fromEntries(valuesOf(open(dotenvKey("ci")).document))).toEqual(real.values.ci);
  });

  it("takes the first key of a list that opens, or the one for the environment that is wanted", () => {
    expect(open(`${dotenvKey("production", "old")}, ${dotenvKey("production")}`).environment).toBe("production");
    expect(open(`${dotenvKey("nowhere")},${dotenvKey("ci")}`).environment).toBe("ci");
    expect(open(`${dotenvKey("ci")},${dotenvKey("production")}`, real.file, "production").environment).toBe("production");
    expect(open(dotenvKey("production").replace("environment=production", "environment=PRODUCTION")).environment).toBe("production");
  });

  it("takes another environment's values only where the one that is asked for is not there, and says so", () => {
    expect(() => open(dotenvKey("ci"), real.file, "production")).toThrowError(expect.objectContaining({ code: "WRONG_KEY" }));
    expect(open(dotenvKey("ci"), real.file, "default").warnings).toEqual([".env.vault: these are the values of ci"]);
    const eu = (text: string) => text.replaceAll("DOTENV_VAULT_PRODUCTION", "DOTENV_VAULT_EU_WEST");
    const keys = `${dotenvKey("ci")},${dotenvKey("production").replace("environment=production", "environment=eu_west")}`;
    const { document, warnings } = open(keys, eu(real.file), "eu-west");
    expect([Object.fromEntries(valuesOf(document)), warnings]).toEqual([real.values.production, []]);
  });

  const sealed = /DOTENV_VAULT_PRODUCTION="(.*)"/.exec(real.file)?.[1] as string;
  const key = dotenvKey("production");
  it.each([
    ["a wrong key", "WRONG_KEY", dotenvKey("production", "old"), real.file],
    ["another environment's text", "WRONG_KEY", key, real.file.replace(sealed, /CI="(.*)"/.exec(real.file)?.[1] as string)],
    ["a changed byte", "WRONG_KEY", key, real.file.replace(sealed, sealed.replace("1HNe", "1HNf"))],
    ["a text cut off", "TAMPERED", key, real.file.replace(sealed, sealed.slice(0, 20))],
    ["no base64", "TAMPERED", key, real.file.replace(sealed, `!${sealed.slice(1)}`)],
    ["a bare hex key", "MALFORMED_KEY", "ab".repeat(32), real.file],
    ["a short key", "MALFORMED_KEY", key.replace(/_[0-9a-f]{32}/, "_"), real.file],
    ["a key without environment", "MALFORMED_KEY", key.replace(/\?.*/, ""), real.file],
    ["an environment that is not there", "UNKNOWN_ENVIRONMENT", dotenvKey("staging"), real.file],
    ["a plaintext file", "WRONG_FORMAT", key, "A=1\n"],
    ["a vault of envseal", "WRONG_FORMAT", key, "# envseal:1 default AAAAAAAAAAAAAAAA\n"],
    ["a merge that is not finished", "CONFLICT_MARKERS", key, `<<<<<<< HEAD\n${real.file}`],
  ])("refuses %s with %s", (_, code, given, file) => {
    expect(() => open(given, file)).toThrowError(expect.objectContaining({ code, hint: expect.any(String) }));
  });

  it("names the environments there are", () => {
    expect(() => open(dotenvKey("staging"))).toThrowError(expect.objectContaining({ hint: "it has: ci, production" }));
  });
});
