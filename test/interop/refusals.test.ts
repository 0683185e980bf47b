import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatIdentity, recipientOf } from "../../src/age/keys.ts";
import { checkPin, unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { b64u } from "../../src/core/bytes.ts";
import { signerOf, withAccess, withRecipient } from "../../src/core/changes.ts";
import { Keyring } from "../../src/core/keyring.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest.ts";
import { openVault } from "../../src/core/open.ts";
import { parseVault } from "../../src/core/vault.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { mutations } from "../support/mutate.ts";
import { base64, Python, pythonIsHere, pythonNotice } from "../support/python.ts";
import { isNightly } from "../support/sample.ts";
import { MemoryProject } from "../support/vaults.ts";

const COUNT = isNightly ? 20_000 : 400;
const identity = new Uint8Array(32).fill(3);
const secret = formatIdentity(identity);
const path = ".env.vault";

describe.runIf(pythonIsHere)(`mutated files: both readers refuse the same ones${pythonNotice}`, () => {
  const python = new Python();
  afterAll(() => python.end());
  let manifestText = "";
  let vaultText = "";
  let pin = "";

  beforeAll(async () => {
    const project = new MemoryProject({ publicPatterns: ["PORT"] });
    let manifest = withRecipient(project.manifest, "ada", recipientOf(identity), "2026-01-01", {
      kind: "recovery",
      confirmed: "2026-02-28",
    });
    manifest = withRecipient(manifest, "zoe", recipientOf(new Uint8Array(32).fill(4)), "2026-01-02");
    const signer = signerOf(project.dataKey, manifest.project, "default");
    manifest = withAccess(manifest, signer, "ada", await wrapKey(project.dataKey, recipientOf(identity)));
    vaultText = project.seal(Buffer.from("# note\r\nA='1'\r\n\r\nPORT=3000\r\nexport B=\"x\ny\"\r\n"), {
      isPublic: (name) => name === "PORT",
    });
    manifestText = serialiseManifest(manifest);
    pin = b64u(new Keyring(manifest, "default", project.dataKey).pin);
  });

  /** The values, or the code of our error. */
  function ours(manifestSource: string, vaultSource: string): { values?: Record<string, string>; code?: string } {
    try {
      const manifest = parseManifest(manifestSource);
      const vault = parseVault(vaultSource);
      const keyring = unlock(manifest, vault.environment, { type: "identity", identity, pin: null, environment: null, source: "the test" });
      checkPin(keyring, null, { pin, verified: [] });
      keyring.checkVault(path, vault);
      const { assignments } = openVault(vault, keyring.keysOf(vault.id));
      return { values: Object.fromEntries([...assignments.values()].map(({ name, value }) => [name, value])) };
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      return { code: error.code };
    }
  }

  async function compare(what: string, manifestSource: string, vaultSource: string): Promise<string> {
    const theirs = await python.ask({ do: "open", manifest: base64(manifestSource), vault: base64(vaultSource), path, secret, pin });
    const own = ours(manifestSource, vaultSource);
    const told = `${what}: ours ${own.code ?? "opens"}, theirs ${theirs.refused ?? "opens"}`;
    expect(theirs.values, told).toEqual(own.values);
    return own.code ?? "opens";
  }

  it("the unchanged ones open", async () => {
    expect(await compare("nothing changed", manifestText, vaultText)).toBe("opens");
  });

  it.each(["vault", "manifest"] as const)("of the %s", async (which) => {
    const seen = new Map<string, number>();
    const source = which === "vault" ? vaultText : manifestText;
    for (const { what, text } of mutations(source, which === "vault" ? "vault" : "json", COUNT, 20261121)) {
      const code = await compare(what, ...(which === "vault" ? ([manifestText, text] as const) : ([text, vaultText] as const)));
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    expect(COUNT - (seen.get("opens") ?? 0)).toBeGreaterThan(60);
    expect(seen.size, JSON.stringify([...seen])).toBeGreaterThan(3);
  });
});
