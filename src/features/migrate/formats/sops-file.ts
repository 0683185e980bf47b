import { fromUtf8 } from "../../../core/bytes.ts";
import { MAX_LINE_BYTES, MAX_ROWS } from "../../../core/limits.ts";
import { EnvsealError } from "../../../errors.ts";
import { damaged, refuseUnfit, wrongFormat } from "./imported.ts";
import { parseRule, type SopsRule } from "./sops-rule.ts";

/**
 * SOPS 3 files of type dotenv, as its dotenv store reads them: lines end with LF, empty ones say nothing, `#` starts a comment,
 * everything else is split at the first `=`; `\n` stands for a line break; quotes and spaces belong to the value. Names that
 * start with `sops_` are metadata, flattened with `__map_` and `__list_`.
 */
export type SopsItem = { kind: "comment"; text: string; line: number } | { kind: "value"; name: string; text: string; line: number };

export interface SopsFile {
  items: SopsItem[];
  /** The data key, wrapped for each age recipient. */
  age: { recipient: string; armored: string }[];
  rule: SopsRule;
  macOnlyEncrypted: boolean;
  mac: string;
  /** RFC 3339, as written: the additional data of the MAC. */
  lastModified: string;
}

const MAX_NAME = 512;
const MAX_RECIPIENTS = 100;

/** @throws WRONG_FORMAT, CONFLICT_MARKERS, TAMPERED, UNSUPPORTED_FORMAT */
export function parseSops(bytes: Uint8Array, label: string): SopsFile {
  refuseUnfit(bytes, label);
  const text = fromUtf8(bytes);
  if (text === null) throw wrongFormat(`${label} is not valid UTF-8`, "name a file of type dotenv that sops encrypted");
  // A checkout with core.autocrlf: SOPS itself could not read it any more.
  const rows = (/^sops_mac=.*\r$/m.test(text) ? text.replaceAll("\r\n", "\n") : text).split("\n", MAX_ROWS + 2);
  if (rows.length > MAX_ROWS + 1) throw wrongFormat(`${label} has more than ${MAX_ROWS} lines`, "keep files of that size elsewhere");
  const items: SopsItem[] = [];
  const metadata = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const line = index + 1;
    if (row === "") continue;
    if (row.length > MAX_LINE_BYTES) throw damaged(`${label} line ${line} is longer than 2 MiB`);
    if (row.startsWith("#")) {
      items.push({ kind: "comment", text: row.slice(1), line });
      continue;
    }
    const at = row.indexOf("=");
    if (at === -1) throw lineFault(metadata.size > 0 || text.includes("\nsops_"), label, line);
    const name = row.slice(0, at);
    const value = row.slice(at + 1).replaceAll("\\n", "\n");
    if (name.length > MAX_NAME) throw damaged(`${label} line ${line}: the name is longer than ${MAX_NAME} characters`);
    if (!name.startsWith("sops_")) items.push({ kind: "value", name, text: value, line });
    else if (metadata.has(name.slice(5))) throw damaged(`${label} line ${line}: the same sops_ line is there a second time`);
    else metadata.set(name.slice(5), value);
  }
  if (metadata.size === 0) throw notSops(label);
  return { items, ...readMetadata(metadata, label) };
}

function notSops(label: string): EnvsealError {
  return wrongFormat(
    `${label} is no dotenv file of SOPS: it has no sops_… lines`,
    "of other types (yaml, json) extract dotenv with sops itself",
  );
}

function lineFault(isSops: boolean, label: string, line: number): EnvsealError {
  return isSops ? damaged(`${label} line ${line}: there is no "=" in it, and it is no comment`) : notSops(label);
}

function readMetadata(metadata: ReadonlyMap<string, string>, label: string): Omit<SopsFile, "items"> {
  const unsupported = (what: string, hint: string) => new EnvsealError("UNSUPPORTED_FORMAT", `${label} ${what}`, { hint });
  const version = metadata.get("version") ?? "";
  if (version !== "" && !/^3\.\d/.test(version)) {
    throw unsupported("was written by another major version of SOPS than 3", "write it anew with SOPS 3: sops rotate -i FILE");
  }
  const names = [...metadata.keys()];
  if (names.some((name) => name.startsWith("key_groups__"))) {
    throw unsupported(
      "splits its key among key groups (Shamir)",
      "give it one group with an age recipient in .sops.yaml: sops updatekeys FILE",
    );
  }
  const age = ageEntries(metadata);
  if (age.length === 0) {
    const kinds = [...new Set(names.flatMap((name) => /^(pgp|kms|gcp_kms|azure_kv|hc_vault|hckms)__/.exec(name)?.[1] ?? []))];
    const held = kinds.length === 0 ? "has no recipient" : `has no age recipient, only ${kinds.join(", ")}`;
    throw unsupported(held, "add one, then import it: sops rotate -i --add-age RECIPIENT FILE (age-keygen makes one)");
  }
  const mac = metadata.get("mac");
  const lastModified = metadata.get("lastmodified");
  if (mac === undefined || lastModified === undefined) {
    throw new EnvsealError(
      "TAMPERED",
      `${label} has lost its ${mac === undefined ? "sops_mac" : "sops_lastmodified"}, so nothing says that its lines belong together`,
      {
        hint: "take the file from git again (git log tells who changed it)",
      },
    );
  }
  return { age, rule: parseRule(metadata, label), macOnlyEncrypted: metadata.get("mac_only_encrypted") === "true", mac, lastModified };
}

function ageEntries(metadata: ReadonlyMap<string, string>): SopsFile["age"] {
  const entries: SopsFile["age"] = [];
  for (let index = 0; index < MAX_RECIPIENTS; index++) {
    const armored = metadata.get(`age__list_${index}__map_enc`);
    if (armored === undefined) break;
    entries.push({ recipient: metadata.get(`age__list_${index}__map_recipient`) ?? "", armored });
  }
  return entries;
}
