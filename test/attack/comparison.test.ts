import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { recipientOf } from "../../src/age/keys.ts";
import { unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { b64u } from "../../src/core/bytes.ts";
import { withFloor } from "../../src/core/keys/fence.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { withGrant, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { rotated } from "../../src/core/keys/rotate.ts";
import { backupKeyring, backupText, parseBackup } from "../../src/core/manifest/backup.ts";
import { openSops } from "../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../src/features/migrate/formats/sops-file.ts";
import { sopsFile } from "../support/foreign.ts";
import { ADMIN } from "../support/manifests.ts";
import { ROOT } from "../support/sandbox.ts";
import { MemoryProject } from "../support/vaults.ts";

/**
 * Tags, commitments and other proofs are compared in constant time. Not measured: the one comparison of `#crypto` (node's
 * timingSafeEqual, or its portable twin) is made to say no, and everything that is right must then be refused; so nothing else
 * decides.
 */
const answer = vi.hoisted(() => ({ no: false, asked: 0, from: 0 }));
vi.mock("#crypto", async (original) => {
  const suite = await original<typeof import("../../src/crypto/node.ts")>();
  const equal: typeof suite.equal = (a, b) => (++answer.asked <= answer.from || !answer.no) && suite.equal(a, b);
  return { ...suite, equal };
});

afterEach(() => {
  answer.no = false;
});

/** What comes of it where the comparison tells the truth for its first `from` times, and says no from then on. */
function refusedFrom(from: number, verify: () => unknown): unknown {
  expect(verify()).toBeDefined();
  Object.assign(answer, { no: true, asked: 0, from });
  try {
    return verify() ?? "nothing";
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  } finally {
    answer.no = false;
  }
}

const project = new MemoryProject();
const vault = project.seal(Buffer.from("A=1\n# b\nB=2\n"));
const identity = new Uint8Array(32).fill(5);

async function withAda(): Promise<Manifest> {
  const recipient = recipientOf(identity);
  const granted = withGrant(project.manifest, "default", "ada", { recipient, kind: "person" }, ADMIN);
  return withWrapped(granted, project.keyring.tagger, "ada", await wrapKey(project.dataKey, recipient));
}

const personal = { type: "identity", identity, pins: [], personal: true, environment: null, source: "a test" } as const;

describe("a proof is compared in constant time", () => {
  it("the commitment and the settings' tag", () => {
    const verify = () => new Keyring(project.manifest, "default", project.dataKey);
    expect(refusedFrom(0, verify)).toBe("WRONG_KEY");
    expect(refusedFrom(1, verify)).toBe("FORGED_MANIFEST");
  });

  it("a vault's tag", () => {
    expect(
      refusedFrom(0, () => project.keyring.checkVault(".env.vault", { environment: "default", id: b64u(project.vaultId) }) ?? true),
    ).toBe("FORGED_MANIFEST");
  });

  it("the age header, and an access entry's tag", async () => {
    const manifest = await withAda();
    const verify = () => unlock(manifest, "default", personal);
    expect(refusedFrom(0, verify)).toBe("WRONG_KEY");
    // The header, the commitment and the settings' tag are right.
    expect(refusedFrom(3, verify)).toBe("FORGED_ACCESS");
  });

  it("a link's commitment", () => {
    const dataKey = new Uint8Array(32).fill(8);
    const nonce = new Uint8Array(12).fill(3);
    const step = { dataKey, nonce, reason: "scheduled", at: "2026-02-01T00:00:00Z", wrapped: new Map() } as const;
    const next = rotated(project.manifest, project.keyring, step, ADMIN);
    // Settings are under the new key: nothing but the link is left to compare.
    const manifest = withFloor(next.manifest, next.keyring, ADMIN);
    const older = project.keyring.active.keyId;
    expect(refusedFrom(2, () => new Keyring(manifest, "default", dataKey).dataKey(older, "a test"))).toBe("FORGED_MANIFEST");
  });

  it("a read-only key's pin", () => {
    const { keyPin } = project.keyring;
    expect(refusedFrom(0, () => project.keyring.leadsTo(keyPin))).toBe(false);
  });

  it("a token's nonce", () => {
    expect(refusedFrom(0, () => project.open(vault))).toBe("TAMPERED");
  });

  it("the keys of a backup", () => {
    const text = backupText(project.manifest, [project.keyring], "2026-01-01T00:00:00Z");
    const backup = parseBackup(text);
    expect(refusedFrom(0, () => backupKeyring(backup, "default", project.manifest) ?? undefined)).toBe("nothing");
    // The commitment twice, and the settings' tag, are right.
    expect(refusedFrom(3, () => parseBackup(text))).toBe("BACKUP");
  });

  it("the MAC of a SOPS file", () => {
    const dataKey = new Uint8Array(32).fill(4);
    const file = parseSops(Buffer.from(sopsFile(dataKey, [["A", "1"]])), "x");
    expect(refusedFrom(0, () => openSops(file, dataKey, "x", false))).toBe("TAMPERED");
  });

  it("by node's own function, or by one without a branch on a byte", () => {
    const node = readFileSync(join(ROOT, "src/crypto/node.ts"), "utf8");
    expect(/function equal\([^{]*\{\n([^}]*)\}/.exec(node)?.[1]).toContain("timingSafeEqual(a, b)");
    const portable =
      /function equal\([^{]*\{\n((?:.|\n)*?)\n\}/.exec(readFileSync(join(ROOT, "src/crypto/portable.ts"), "utf8"))?.[1] ?? "";
    expect(portable).toMatch(/\|=.*\^/);
    expect(portable.match(/return/g)).toHaveLength(2);
  });

  it("nothing of a key, tag, commitment or MAC is compared as text in core, age and custody", () => {
    const sources = ["core", "age", "custody", "loader", "crypto"].flatMap((area) =>
      readdirSync(join(ROOT, "src", area), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => ({ name, text: readFileSync(join(ROOT, "src", area, name), "utf8") })),
    );
    const PROOF =
      /\b(?:commitment(?:Of\([^()]*\))?|dataKey|secret|identity|mac|nonce|passphrase|root)\s*[!=]==?(?!=|\s*(?:null|undefined|""|"[a-z]))/;
    const found = sources.flatMap(({ name, text }) =>
      text
        .split("\n")
        .filter((row) => PROOF.test(row))
        .map((row) => `${name}: ${row.trim()}`),
    );
    expect(found).toEqual([]);
    const users = sources.filter(({ name, text }) => name !== "bytes.ts" && text.includes("equalBytes(")).map(({ name }) => name);
    expect(users).toEqual(["vault/token.ts"]);
  });
});
