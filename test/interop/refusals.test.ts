import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { unlockTrusted } from "../../src/age/unlock.ts";
import { pinOfManifest } from "../../src/core/authority/trust.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { withGrant, withRecipient } from "../../src/core/keys/manifest-edits.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { openVault } from "../../src/core/vault/open-vault.ts";
import { parseVault } from "../../src/core/vault/vault.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { person } from "../support/authority.ts";
import { ADMIN, reallyWrapped } from "../support/manifests.ts";
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
    const ada = person("ada", 3);
    let manifest = withRecipient(project.manifest, "ada", {
      recipient: ada.recipient,
      signer: ada.signer,
      added: "2026-01-01",
      custody: { kind: "recovery", confirmed: "2026-02-28" },
    });
    manifest = withRecipient(manifest, "zoe", { recipient: person("zoe", 4).recipient, added: "2026-01-02" });
    manifest = withGrant(manifest, "default", "ada", { recipient: ada.recipient, kind: "recovery" }, ADMIN);
    manifest = await reallyWrapped(manifest);
    vaultText = project.seal(Buffer.from("# note\r\nA='1'\r\n\r\nPORT=3000\r\nexport B=\"x\ny\"\r\n"), {
      isPublic: (name) => name === "PORT",
    });
    manifestText = serialiseManifest(manifest);
    pin = b64u(pinOfManifest(manifest));
  });

  /** The values, or the code of our error. */
  function ours(manifestSource: string, vaultSource: string): { values?: Record<string, string>; code?: string } {
    try {
      const manifest = parseManifest(manifestSource);
      const vault = parseVault(vaultSource);
      const key = {
        type: "identity",
        identity,
        pins: [unb64u(pin) as Uint8Array],
        personal: false,
        environment: null,
        source: "the test",
      } as const;
      const { keyring } = unlockTrusted(manifest, vault.environment, key, { seen: null });
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
