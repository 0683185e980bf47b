import { parse } from "dotenv";
import { openAgeFile } from "../../src/age/file.ts";
import { formatIdentity, parseIdentity, parseRecipient, recipientOf } from "../../src/age/keys.ts";
import { unlockTrusted } from "../../src/age/unlock.ts";
import { authorityOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { nowSeen } from "../../src/core/authority/seen.ts";
import { encodeBech32 } from "../../src/core/bech32.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { encodeKeyString, parseKeyString } from "../../src/core/keys/keystring.ts";
import { backupText, parseBackup } from "../../src/core/manifest/backup.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { parseDocument, serialise, valuesOf } from "../../src/core/vault/document.ts";
import { openValues, openVault } from "../../src/core/vault/open-vault.ts";
import { KIND, openToken, parseToken } from "../../src/core/vault/token.ts";
import { parseVault, serialiseVault } from "../../src/core/vault/vault.ts";
import { MemoryProject } from "../support/vaults.ts";
import manifestVector from "../vectors/manifest.json" with { type: "json" };
import { CANARY, must, refusal, type Target } from "./target.ts";

const project = new MemoryProject({ publicPatterns: ["PORT"] });
const DOCUMENTS = [
  `# note\nA=${CANARY}\nB='${CANARY}' # x\nexport C="x\\n${CANARY}"\n\nPORT=3000\n`,
  `\uFEFFA=1\r\nA=2\r\nD=\`${CANARY}\`\r\nE: x\r\nF=\r\n`,
  `A='${CANARY}\nof two lines'\rB="\\"${CANARY}"\rG:\r\rH=#x\u2028I=1`,
];
const PIECES = ["export ", "A=", "B: ", "C='", "\n\n", `'${CANARY}'`, "__proto__=1\n", "A-B.c=", "é=1\n", "\\'", '\\"', "\r\n"];

const document: Target = {
  name: "document",
  seeds: DOCUMENTS,
  kind: "text",
  pieces: PIECES,
  run: (input) =>
    refusal(() => {
      const bytes = Buffer.from(input);
      const { document, warnings } = parseDocument(bytes);
      must(Buffer.from(serialise(document)).equals(bytes), "a document is written otherwise than it was read");
      must(
        JSON.stringify([...valuesOf(document)].sort()) === JSON.stringify(Object.entries(parse(bytes)).sort()),
        "dotenv reads other values",
      );
      return `${warnings.map(({ code }) => code).join()} ${Math.min(4, document.lines.length)}`;
    }),
};

const values = (opened: Map<string, { name: string; value: string }>) =>
  JSON.stringify([...opened.values()].map(({ name, value }) => [name, value]));
const vaultText = project.seal(Buffer.from(DOCUMENTS[0] as string), { isPublic: (name) => name === "PORT" });
const keys = project.keyring.keysOf(b64u(project.vaultId));
const rows = (text: string) => text.split(/\r?\n/).filter((row) => row !== "");
const genuine = values(project.open(vaultText).assignments);

const vault: Target = {
  name: "vault",
  seeds: [vaultText, project.seal(Buffer.from(DOCUMENTS[1] as string), { isPublic: () => true })],
  kind: "vault",
  run: (input) =>
    refusal(() => {
      const parsed = parseVault(input);
      const written = serialiseVault(parsed);
      must(rows(written).join("\n") === rows(input).join("\n"), "a vault is written with other rows than it was read with");
      must(serialiseVault(parseVault(written)) === written, "a vault's own text is not stable");
      const strict = values(openVault(parsed, keys).assignments);
      must(values(openValues(parsed, keys)) === strict, "a loader reads other values");
      if (parsed.lines.some((line) => line.kind === "assignment" && line.name === "C"))
        must(strict === genuine, "a changed vault opens to other values");
      return "opens";
    }),
};

const access = manifestVector.access[0] as (typeof manifestVector.access)[number];
const identity = parseIdentity(access.identity) as Uint8Array;
const personal = { type: "identity", identity, pins: [], personal: true, environment: null, source: "x" } as const;
const home = parseManifest(manifestVector.text);
/** A machine that has seen the manifest as it is. */
const seen = nowSeen(home, null);
const opened = (manifest: Manifest) => unlockTrusted(manifest, "production", personal, { seen }).keyring;
const decided = ({ statement, settings }: Keyring) => canonicalJson({ statement, settings } as unknown as Json);
const trusted = decided(opened(home));

const manifest: Target = {
  name: "manifest",
  seeds: [manifestVector.text, serialiseManifest(project.manifest)],
  kind: "json",
  run: (input) =>
    refusal(() => {
      const parsed = parseManifest(input);
      const written = serialiseManifest(parsed);
      must(serialiseManifest(parseManifest(written)) === written, "a manifest's own text is not stable");
      must(canonicalJson(JSON.parse(input)) === canonicalJson(parsed as unknown as Json), "JSON.parse reads another manifest");
      if (!Object.hasOwn(parsed.environments, "production")) return "parses";
      const keyring = opened(parsed);
      must(parsed.project === home.project && decided(keyring) === trusted, "a changed environment is trusted");
      must(authorityOf(home).contains(authorityOf(parsed).headDigest), "an authority that nobody signed is trusted");
      return "unlocks";
    }),
};

const place = { kind: KIND.secret, name: "A", previous: "" };
const vaultKey = project.keyring.vaultKey(project.keyring.active.keyId, b64u(project.vaultId));
const tokenText = /^A=(.*)$/m.exec(vaultText)?.[1] as string;

const token: Target = {
  name: "token",
  seeds: [tokenText, `enc:v4294967295.AAAAAAAA:${"A".repeat(40)}`],
  kind: "text",
  pieces: ["enc:v", "4294967296", "01", ".", ":"],
  run: (input) =>
    refusal(() => {
      const parsed = parseToken(input);
      if (parsed === null) return "no token";
      must(`enc:v${parsed.version}.${parsed.keyId}:${input.slice(parsed.bodyAt)}` === input, "a token has two texts");
      for (const strict of [true, false])
        must(openToken(vaultKey, place, parsed, strict) === null || input === tokenText, "a changed token opens");
      return unb64u(input.slice(parsed.bodyAt)) === null ? "a token of no bytes" : "a token";
    }),
};

const pin = project.keyring.keyPin;
const keyStrings = [
  encodeKeyString({ type: "identity", environment: "production", pin, identity: new Uint8Array(32).fill(3) }),
  project.readOnlyKey(),
];
const keyString: Target = {
  name: "key string",
  seeds: keyStrings,
  kind: "text",
  pieces: ["esk_", "_", "default", "="],
  run: (input) =>
    refusal(() => {
      must(encodeKeyString(parseKeyString(input, "the test")) === input, "a key string has two texts");
      must(keyStrings.includes(input), "a changed key string passes its checksum");
      return "reads";
    }),
};

const ageFiles = manifestVector.access.map(({ wrapped }) => Buffer.from(wrapped.slice(4), "base64url").toString("latin1"));
const ageFile: Target = {
  name: "age file",
  seeds: ageFiles,
  kind: "text",
  binary: true,
  pieces: ["-> X25519 ", "-> scrypt ", "-> grease\n\n", "---", "age-encryption.org/v1\n", "AAAA", "\n", "==", "-> a b c\nAAAA\n"],
  run: (input) =>
    refusal(() => {
      const payload = openAgeFile(Buffer.from(input, "latin1"), identity);
      if (payload !== null) must(ageFiles.includes(input), "a changed age file opens");
      return payload === null ? "for somebody else" : "opens";
    }),
};

const ageKeys: Target = {
  name: "age keys",
  seeds: [access.identity, recipientOf(identity)],
  kind: "text",
  pieces: ["AGE-SECRET-KEY-1", "age1", "q", "1", "age1pq1"],
  run: (input) =>
    refusal(() => {
      const [secret, recipient] = [parseIdentity(input), parseRecipient(input)];
      if (secret !== null) must(formatIdentity(secret) === input, "an identity has two texts");
      if (recipient !== null) must(encodeBech32("age", recipient) === input, "a recipient has two texts");
      return `${secret !== null} ${recipient !== null}`;
    }),
};

const backup: Target = {
  name: "backup",
  seeds: [backupText(project.manifest, [new Keyring(project.manifest, "default", project.dataKey)], "2026-01-01T00:00:00Z")],
  kind: "json",
  run: (input) =>
    refusal(() => {
      const { environments } = parseBackup(input);
      const own = Object.values(environments.default ?? {}).map(({ key }) => key);
      must(
        own.every((key) => key === b64u(project.dataKey)),
        "a changed key is taken",
      );
      return `holds ${own.length}`;
    }),
};

export const formatTargets: readonly Target[] = [document, vault, manifest, token, keyString, ageFile, ageKeys, backup];
