import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { base64, Python, pythonIsHere, pythonNotice } from "../support/python.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
const hex = (text: string) => Buffer.from(text, "hex").toString("base64url");

describe.runIf(pythonIsHere)(`a second reader, written from FORMAT.md alone, and our vectors${pythonNotice}`, () => {
  const python = new Python();
  afterAll(() => python.end());

  it("opens every vault, and writes the same one", async () => {
    const { vaults, lenient, dataKeys, environment, vaultId } = read("vaults");
    const keys = dataKeys.map(({ dataKey, version }: { dataKey: string; version: number }) => [dataKey, version]);
    const newest = dataKeys.at(-1);
    for (const { about, vault, plaintext, shown } of [...vaults, ...lenient]) {
      expect(await python.ask({ do: "open", vault: base64(vault), dataKeys: keys }), about).toMatchObject({ plaintext });
      // Of the vaults that a writer writes, one was not made at once.
      if (shown === undefined || about.startsWith("older tokens")) continue;
      const { dataKey, version } = newest;
      expect(await python.ask({ do: "write", environment, vaultId, dataKey, version, plaintext, public: shown }), about).toEqual({ vault });
    }
  });

  it("reads the manifest, and writes it as it was", async () => {
    const { text } = read("manifest");
    expect(await python.ask({ do: "manifest", manifest: base64(text) })).toEqual({ written: base64(text) });
  });

  it("refuses what has to be refused", async () => {
    const { base, refused } = read("refused");
    const { text, access } = read("manifest");
    const open = { do: "open", manifest: base64(text), path: "apps/web/.env.production.vault", pin: hex(read("keystrings").valid[0].pin) };
    for (const { name, identity } of access.slice(0, 4))
      expect((await python.ask({ ...open, secret: identity, vault: base64(base) })).values, name).toBeDefined();
    for (const { about, vault } of refused) {
      const answer = await python.ask({ ...open, secret: access[0].identity, vault: base64(vault) });
      expect(answer, about).toEqual({ refused: expect.any(String) });
    }
    expect(refused.length).toBeGreaterThan(50);
  });

  it("reads key strings, and refuses malformed ones", async () => {
    const { valid, malformed } = read("keystrings");
    for (const { text, environment, pin } of valid)
      expect(await python.ask({ do: "keystring", text })).toMatchObject({ environment, pin: hex(pin) });
    // White space at either end is for whoever reads the file or the variable.
    for (const { about, text } of malformed.filter((entry: { text: string }) => entry.text === entry.text.trim()))
      expect(await python.ask({ do: "keystring", text }), about).toEqual({ refused: expect.any(String) });
  });
});
