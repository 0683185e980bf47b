import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { SPECCHECK } from "../crypto/suite/ed25519-cases.ts";
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
    const { text, later } = read("manifest");
    for (const one of [text, later]) expect(await python.ask({ do: "manifest", manifest: base64(one) })).toEqual({ written: base64(one) });
  });

  it("makes the same signing keys and fingerprints", async () => {
    const { people, project } = read("authority");
    for (const { name, identity, seed, recipient, signer, fingerprint } of people.filter((one: { seed?: string }) => one.seed))
      expect(await python.ask({ do: "person", identity, project, recipient }), name).toEqual({ seed, signer, fingerprint });
  });

  it("checks every statement, and refuses other signers", async () => {
    const { statements, people } = read("authority");
    for (const { about, name, signed, signature } of statements) {
      for (const { name: other, signer } of people.filter((one: { signer?: string }) => one.signer)) {
        const answer = await python.ask({ do: "signature", signer, signature, signed: Buffer.from(signed, "hex").toString("base64") });
        expect(answer, `${about}, ${other}`).toEqual({ holds: other.startsWith(name) });
      }
    }
  });

  it("takes and refuses the signatures on which libraries differ", async () => {
    const text = (bytes: string) => `ed25519:${hex(bytes)}`;
    for (const [about, taken, key, message, signature] of SPECCHECK) {
      const signed = Buffer.from(message, "hex").toString("base64");
      expect(await python.ask({ do: "signature", signer: text(key), signature: text(signature), signed }), about).toEqual({ holds: taken });
    }
  });

  it("takes and refuses the same lists of statements", async () => {
    const { lists, project } = read("authority");
    for (const { about, authority, trusted, outcome } of lists) {
      const manifest = base64(JSON.stringify({ envseal: 1, project, authority, recipients: {}, environments: {}, vaults: {} }));
      const answer = await python.ask({ do: "verify", manifest, ...(trusted !== null && { pin: trusted }) });
      expect(answer.refused === undefined ? "good" : "refused", `${about}: ${answer.refused}`).toBe(
        outcome === "good" ? "good" : "refused",
      );
    }
  });

  it("says of every statement and access entry whether it counts", async () => {
    const { environments, entries } = read("authority");
    const { text, pin } = read("manifest");
    const ask = async (environment: string, change: (entry: Record<string, unknown>) => void) => {
      const manifest = JSON.parse(text);
      manifest.environments[environment] ??= structuredClone(manifest.environments.production);
      change(manifest.environments[environment]);
      const answer = await python.ask({ do: "verify", manifest: base64(JSON.stringify(manifest)), pin });
      return answer.environments?.[environment];
    };
    for (const { about, environment, statement, outcome } of environments) {
      const found = await ask(environment, (entry) => Object.assign(entry, { statement }));
      expect(found?.statement ?? (found ? "good" : "not listed"), about).toBe(outcome);
    }
    for (const { about, name, entry: own, outcome } of entries) {
      const found = await ask("production", (entry) => Object.assign(entry, { access: { [name]: own } }));
      expect(found?.access?.[name] ?? "good", about).toBe(outcome);
    }
  });

  it("refuses what has to be refused", async () => {
    const { base, refused } = read("refused");
    const { text, access, pin } = read("manifest");
    const open = { do: "open", manifest: base64(text), path: "apps/web/.env.production.vault", pin };
    for (const { name, identity } of access.filter((one: { environment: string }) => one.environment === "production"))
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
