import { describe, expect, it } from "vitest";
import { openValues, openVault } from "../../src/core/vault/open-vault.ts";
import { parseVault } from "../../src/core/vault/vault.ts";
import { EnvsealError } from "../../src/errors.ts";
import { keyringOf, manifest } from "./manifest.ts";
import { read } from "./read.ts";

interface RefusedVector {
  about: string;
  code: string;
  line: number;
  bootOpens?: string;
  vault: string;
}

describe("refused.json", () => {
  const { base, refused } = read<{ base: string; refused: RefusedVector[] }>("refused.json");
  const keyring = keyringOf("production");
  const path = "apps/web/.env.production.vault";
  const keys = keyring.keysOf(manifest.vaults[path]?.id as string);

  const outcome = (open: () => unknown): { code: string; line: number } | "opened" => {
    try {
      open();
      return "opened";
    } catch (error) {
      if (!(error instanceof EnvsealError)) throw error;
      return { code: error.code, line: Number(/ line (\d+)/.exec(error.message)?.[1]) };
    }
  };

  it("the good one opens beside the manifest", () => {
    const vault = parseVault(base);
    keyring.checkVault(path, vault);
    expect(openVault(vault, keys).assignments.size).toBe(4);
    expect(openValues(vault, keys).size).toBe(4);
  });

  it.each(refused.map((vector) => [vector.about, vector] as const))("%s", (_, { code, line, bootOpens, vault }) => {
    expect(vault).not.toBe(base);
    expect(outcome(() => openVault(parseVault(vault), keys))).toEqual({ code, line });
    expect(outcome(() => openValues(parseVault(vault), keys))).toEqual(bootOpens === undefined ? { code, line } : "opened");
  });
});
