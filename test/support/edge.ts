import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { build } from "esbuild";
import { parseIdentity } from "../../src/age/keys.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { encodeKeyString } from "../../src/core/keys/keystring.ts";
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

/** The vectors of the format, as far as they are openings with a key string. */
export function edgeCases(): EdgeCase[] {
  const [manifest, { valid, malformed }, { base, refused }, { vaults, lenient }] = ["manifest", "keystrings", "refused", "vaults"].map(
    (name) => read(`${name}.json`),
  );
  const readOnly = valid.find(({ type }: { type: number }) => type === 3);
  const { identity } = manifest.access.find(({ environment }: { environment: string }) => environment === "production");
  const bytes = parseIdentity(identity) as Uint8Array;
  const pin = new Uint8Array(Buffer.from(manifest.pin, "base64url"));
  const keyOf = (identity: Uint8Array, { environment = "production", pin: other = pin } = {}) =>
    encodeKeyString({ type: "identity", environment, pin: other, identity });
  const key = keyOf(bytes);
  const whole = { key, manifest: manifest.text };
  const changed = (change: (value: Manifest) => void) => {
    const value = JSON.parse(manifest.text) as Manifest;
    change(value);
    return { key, manifest: JSON.stringify(value) };
  };
  const production = (value: Manifest) => value.environments.production as Manifest["environments"][string];
  const opened = [...vaults, ...lenient].filter(({ vault }) => !/enc:v[12]/.test(vault));
  const good = openVaultText(base, whole);
  return [
    { about: "the good one", text: base, options: whole, expected: good },
    ...opened.map(({ about, vault, plaintext }) => ({
      about,
      text: vault,
      options: { key: readOnly.text },
      expected: parse(Buffer.from(plaintext, "base64")),
    })),
    ...refused.map(({ about, vault, code }: Record<string, string>) => ({ about, text: vault, options: whole, expected: { code } })),
    { about: "a key for all environments", text: base, options: { ...whole, key: keyOf(bytes, { environment: "all" }) }, expected: good },
    {
      about: "another pin",
      text: base,
      options: { ...whole, key: keyOf(bytes, { pin: new Uint8Array(16) }) },
      expected: { code: "PIN_MISMATCH" },
    },
    { about: "no access", text: base, options: { ...whole, key: keyOf(new Uint8Array(32).fill(7)) }, expected: { code: "NO_ACCESS" } },
    {
      about: "members of a later release",
      text: base,
      options: { key, manifest: manifest.later },
      expected: { code: "UNSUPPORTED_FORMAT" },
    },
    {
      about: "a statement that was changed",
      text: base,
      options: changed((value) => production(value).statement.revision++),
      expected: { code: "FORGED_MANIFEST" },
    },
    {
      about: "settings that were changed",
      text: base,
      options: changed((value) => production(value).settings.required.pop()),
      expected: { code: "FORGED_MANIFEST" },
    },
    {
      about: "access that was changed",
      text: base,
      options: changed((value) => {
        for (const entry of Object.values(production(value).access)) entry.kind = entry.kind === "person" ? "recovery" : "person";
      }),
      expected: { code: "FORGED_ACCESS" },
    },
    {
      about: "an authority that was changed",
      text: base,
      options: changed((value) => value.authority.pop()),
      expected: { code: "PIN_MISMATCH" },
    },
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
