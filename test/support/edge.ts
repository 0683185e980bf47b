import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { build } from "esbuild";
import { parseIdentity } from "../../src/age/keys.ts";
import { encodeKeyString } from "../../src/core/keystring.ts";
import { openVaultText } from "../../src/edge.ts";
import { ROOT } from "./sandbox.ts";

/** One opening, and what comes of it. */
export interface EdgeCase {
  about: string;
  text: string;
  options: { key: string; manifest?: string };
  expected: Record<string, string> | { code: string };
}

const read = (name: string) => JSON.parse(readFileSync(join(ROOT, "test/vectors", name), "utf8"));
const unhex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

/** The vectors of the format, as far as they are openings with a key string. */
export function edgeCases(): EdgeCase[] {
  const [manifest, { valid, malformed }, { base, refused }, { vaults, lenient }] = ["manifest", "keystrings", "refused", "vaults"].map(
    (name) => read(`${name}.json`),
  );
  const readOnly = valid.find(({ type }: { type: number }) => type === 3);
  const { identity } = manifest.access.find(({ environment }: { environment: string }) => environment === "production");
  const bytes = parseIdentity(identity) as Uint8Array;
  const key = encodeKeyString({ type: "identity", environment: "production", pin: unhex(readOnly.pin), identity: bytes });
  const whole = { key, manifest: manifest.text };
  const otherPin = encodeKeyString({ type: "identity", environment: "production", pin: new Uint8Array(16), identity: bytes });
  const stranger = encodeKeyString({
    type: "identity",
    environment: "production",
    pin: unhex(readOnly.pin),
    identity: new Uint8Array(32).fill(7),
  });
  const opened = [...vaults, ...lenient].filter(({ vault }) => !/enc:v[12]/.test(vault));
  return [
    { about: "the good one", text: base, options: whole, expected: openVaultText(base, whole) },
    ...opened.map(({ about, vault, plaintext }) => ({
      about,
      text: vault,
      options: { key: readOnly.text },
      expected: parse(Buffer.from(plaintext, "base64")),
    })),
    ...refused.map(({ about, vault, code }: Record<string, string>) => ({ about, text: vault, options: whole, expected: { code } })),
    { about: "another pin", text: base, options: { ...whole, key: otherPin }, expected: { code: "PIN_MISMATCH" } },
    { about: "no access", text: base, options: { ...whole, key: stranger }, expected: { code: "NO_ACCESS" } },
    { about: "no manifest", text: base, options: { key }, expected: { code: "NO_MANIFEST" } },
    // White space around an injected key is forgiven.
    ...malformed
      .filter(({ text }: { text: string }) => text === text.trim())
      .map(({ about, text }: Record<string, string>) => ({
        about,
        text: base,
        options: { key: text },
        expected: { code: "MALFORMED_KEY" },
      })),
  ] as EdgeCase[];
}

export interface Bundle {
  code: string;
  /** Every module that is in it. */
  inputs: string[];
}

/** Bundles code that imports `envseal/edge` as for a browser or worker: an import of a Node module fails the build. */
export async function bundleForEdge(contents: string, format: "esm" | "iife" = "esm"): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format,
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "silent",
    // An app's build knows nothing of this repository's own paths.
    tsconfigRaw: "{}",
  });
  return { code: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

/** Opens every case and gives what came of each, for a runtime that has no test runner. */
export function edgeScript(cases: readonly EdgeCase[]): string {
  return `import { openVaultText } from "envseal/edge";
export const run = () => ${JSON.stringify(cases)}.map(({ text, options }) => {
  try { return openVaultText(text, options); } catch (error) { return { code: error.code ?? String(error) }; }
});`;
}
