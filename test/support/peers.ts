import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatIdentity } from "../../src/age/keys.ts";
import { ROOT } from "./sandbox.ts";

/** Frozen files of other tools: test/fixtures/import/README.md. */
const fixture = <T>(name: string): T => JSON.parse(readFileSync(join(ROOT, "test/fixtures/import", name), "utf8"));

export interface Dotenvx {
  file: string;
  /** `.env.keys` as dotenvx wrote it. */
  keys: string;
  privateKey: string;
  plain: string;
  values: Record<string, string>;
}

export function dotenvx(name: "1.75.1" | "2.38.2" | "1.75.1-rotated"): Dotenvx {
  const { key, other, keys, ...rest } = fixture<Omit<Dotenvx, "privateKey"> & { key: string[]; other?: string[] }>(`dotenvx-${name}.json`);
  const text = keys.replace("{KEY}", key.join("")).replace("{OTHER}", other?.join("") ?? "");
  return { ...rest, keys: text, privateKey: key.join("") };
}

export interface DotenvVault {
  file: string;
  plain: string;
  values: Record<string, Record<string, string>>;
}

export const dotenvVault = (): DotenvVault => fixture("dotenv-vault.json");

/** A DOTENV_KEY of the fixture; `old` opens nothing. */
export function dotenvKey(environment: string, key = environment): string {
  const hex = createHash("sha256").update(`throw-away ${key}`).digest("hex");
  return `dotenv://:key_${hex}@dotenv.org/vault/.env.vault?environment=${environment}`;
}

export interface SopsCase {
  rule: string;
  file: string;
  decrypted: string;
  values: Record<string, string>;
}

const sops = () => fixture<{ pq: string[]; cases: Record<string, SopsCase> }>("sops-3.13.3.json");

export const sopsCases = (): [string, SopsCase][] => Object.entries(sops().cases);
export const sopsCase = (name = "plain"): SopsCase => sops().cases[name] as SopsCase;
export const sopsIdentity = (): string => formatIdentity(new Uint8Array(32).fill(7));
export const sopsPostQuantum = (): string => sops().pq.join("");
