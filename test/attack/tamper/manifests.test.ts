import { mkdirSync, rmSync } from "node:fs";
import type { Environment } from "../../../src/core/authority/manifest.ts";
import { refused } from "./rows.ts";
import { flip } from "./scene.ts";
import { MANIFEST, useWorld, VAULT, WEB_VAULT, world } from "./world.ts";

useWorld();

refused("manifest", [
  // Without a manifest the CLI says exit 2 (NOT_INITIALISED), with an injected key too; only the loader names the file.
  { name: "missing, at a desk", edit: (s) => rmSync(s.path(MANIFEST)), code: "NOT_INITIALISED", boot: "NO_MANIFEST", exit: 2 },
  {
    name: "missing, on a server",
    edit: (s) => rmSync(s.path(MANIFEST)),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "NOT_INITIALISED",
    boot: "NO_MANIFEST",
    exit: 2,
  },
  { name: "empty", edit: (s) => s.write(MANIFEST, ""), code: "MALFORMED_MANIFEST" },
  { name: "cut off", edit: (s) => s.edit((text) => text.slice(0, text.length / 2), MANIFEST), code: "MALFORMED_MANIFEST" },
  {
    name: "a folder",
    edit: (s) => {
      rmSync(s.path(MANIFEST));
      mkdirSync(s.path(MANIFEST));
    },
    code: "IO",
    exit: 5,
  },
  { name: "a BOM", edit: (s) => s.edit((text) => `\uFEFF${text}`, MANIFEST), code: "MALFORMED_MANIFEST" },
  { name: "a comment", edit: (s) => s.edit((text) => `// x\n${text}`, MANIFEST), code: "MALFORMED_MANIFEST" },
  {
    name: "a member twice",
    edit: (s) => s.edit((text) => text.replace('"envseal": 1', '"envseal": 1, "envseal": 1'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a member twice, once escaped",
    edit: (s) => s.edit((text) => text.replace('"envseal": 1', '"envseal": 1, "\\u0065nvseal": 1'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a second `required`, emptied",
    edit: (s) => s.edit((text) => text.replace('"required"', '"required": [], "required"'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a member",
    edit: (s) => s.edit((text) => text.replace("{", '{"__proto__": {"x": 1},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a recipient",
    edit: (s) => s.edit((text) => text.replace('"recipients": {', '"recipients": {"__proto__": {},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "__proto__ as a key",
    edit: (s) => s.edit((text) => text.replace('"keys": {', '"keys": {"__proto__": {},'), MANIFEST),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "constructor as a member",
    edit: (s) => s.editManifest((m) => Object.assign(m, { constructor: {} })),
    code: "MALFORMED_MANIFEST",
  },
  { name: "an unknown member", edit: (s) => s.entry((e) => Object.assign(e, { extra: true })), code: "MALFORMED_MANIFEST" },
  { name: "a newer format", edit: (s) => s.editManifest((m) => Object.assign(m, { envseal: 2 })), code: "UNSUPPORTED_FORMAT" },
  { name: "a fraction", edit: (s) => s.entry((_, key) => Object.assign(key, { version: 1.5 })), code: "MALFORMED_MANIFEST" },
  { name: "more than 16 MiB", edit: (s) => s.write(MANIFEST, " ".repeat(17 << 20)), code: "IO", exit: 5 },
  { name: "a million levels", edit: (s) => s.write(MANIFEST, `${"[".repeat(1e6)}${"]".repeat(1e6)}`), code: "MALFORMED_MANIFEST" },
  {
    name: "a string of 10 MB",
    edit: (s) => s.write(MANIFEST, JSON.stringify({ envseal: 1, x: "a".repeat(1e7) })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "conflict markers",
    edit: (s) => s.edit((text) => text.replace("{\n", "{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"), MANIFEST),
    code: "CONFLICT_MARKERS",
  },
  { name: "another project id", edit: (s) => s.editManifest((m) => Object.assign(m, { project: "A".repeat(16) })), code: "NO_KEY" },
  {
    name: "another project id, on a server",
    edit: (s) => s.editManifest((m) => Object.assign(m, { project: "A".repeat(16) })),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "PIN_MISMATCH",
  },
  {
    name: "`active` changed to no key",
    edit: (s) => s.editStatement((e) => Object.assign(e, { active: "toString" })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "`floor` changed to no key",
    edit: (s) => s.editStatement((e) => Object.assign(e, { floor: "toString" })),
    code: "MALFORMED_MANIFEST",
  },
  { name: "`public` widened", edit: (s) => s.entry(({ settings }) => settings.public.push("*")), code: "FORGED_MANIFEST" },
  { name: "`required` emptied", edit: (s) => s.entry(({ settings }) => settings.required.splice(0)), code: "FORGED_MANIFEST" },
  {
    name: "`allow` extended",
    edit: (s) => s.entry(({ settings }) => settings.allow.push({ rule: "x", reason: "y" })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the period changed",
    edit: (s) => s.entry((e) => Object.assign(e.settings, { cryptoperiodDays: 3650 })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "a key's date",
    edit: (s) => s.entry((_, key) => Object.assign(key, { created: "2020-01-01T00:00:00Z" })),
    code: "FORGED_MANIFEST",
  },
  { name: "a key's reason", edit: (s) => s.entry((_, key) => Object.assign(key, { reason: "scheduled" })), code: "FORGED_MANIFEST" },
  { name: "a key's version", edit: (s) => s.entry((_, key) => Object.assign(key, { version: 2 })), code: "FORGED_MANIFEST" },
  { name: "a key's history", edit: (s) => s.entry((_, key) => key.history.splice(0)), code: "FORGED_MANIFEST" },
  {
    name: "the active key's state",
    edit: (s) => s.entry((_, key) => Object.assign(key, { state: "compromised" })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the commitment replaced",
    edit: (s) => s.entry((_, key) => Object.assign(key, { commitment: `hkdf:${"A".repeat(43)}` })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the settings' tag of another environment",
    edit: (s) => s.editManifest(({ environments: e }) => Object.assign(e.default?.settings ?? {}, { tag: e.production?.settings.tag })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the statement of another environment",
    edit: (s) => s.editManifest(({ environments: e }) => Object.assign(e.default as Environment, { statement: e.production?.statement })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the statement without a signature",
    edit: (s) => s.editStatement((statement) => Object.assign(statement, { signatures: {} })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the statement with two signatures",
    edit: (s) => s.editStatement(({ signatures }) => Object.assign(signatures, { bob: signatures.ada })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the statement said to be signed by somebody who is no admin",
    edit: (s) => s.editStatement((statement) => Object.assign(statement, { signatures: { ci: statement.signatures.ada } })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the statement's revision raised",
    edit: (s) => s.editStatement((statement) => Object.assign(statement, { revision: 9 })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the environments exchanged",
    edit: (s) => s.editManifest(({ environments: e }) => Object.assign(e, { default: e.production, production: e.default })),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the environment removed, its vault left",
    edit: (s) => s.editManifest(({ environments: e }) => void delete e.default),
    code: "FORGED_MANIFEST",
  },
  {
    name: "the environment removed, its listings too",
    edit: (s) =>
      s.editManifest(({ environments: e, vaults }) => {
        delete e.default;
        delete vaults[VAULT];
        delete vaults[WEB_VAULT];
      }),
    code: "UNLISTED_VAULT",
  },
  { name: "the vault's listing removed", edit: (s) => s.editManifest(({ vaults }) => void delete vaults[VAULT]), code: "UNLISTED_VAULT" },
  {
    name: "the vaults' listings exchanged, and the files",
    edit: (s) => {
      s.editManifest(({ vaults }) => Object.assign(vaults, { [VAULT]: vaults[WEB_VAULT], [WEB_VAULT]: vaults[VAULT] }));
      const [root, web] = [s.read(VAULT), s.read(WEB_VAULT)];
      s.write(VAULT, web);
      s.write(WEB_VAULT, root);
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "a listing made for a copied vault",
    edit: (s) => {
      s.editManifest(({ vaults }) => Object.assign(vaults, { "apps/api/.env.vault": vaults[VAULT] }));
      s.write("apps/api/.env.vault", s.read(VAULT));
    },
    cwd: "apps/api",
    code: "MALFORMED_MANIFEST",
  },
  { name: "own access removed", edit: (s) => s.entry((e) => void delete e.access.ada), code: "NO_ACCESS" },
  {
    name: "own recipient and access removed",
    edit: (s) =>
      s.editManifest((m) => {
        delete m.recipients.ada;
        for (const e of Object.values(m.environments)) delete e.access.ada;
      }),
    code: "NO_ACCESS",
  },
  {
    name: "the recipient of one's own access replaced by another's",
    edit: (s) => s.entry(({ access }) => Object.assign(access.ada ?? {}, { recipient: access.ci?.recipient })),
    code: "NO_ACCESS",
  },
  {
    name: "own access under another name",
    edit: (s) =>
      s.entry(({ access }) => {
        Object.assign(access, { eve: access.ada });
        delete access.ada;
      }),
    code: "FORGED_ACCESS",
  },
  {
    name: "own access said to be from before somebody lost access",
    edit: (s) => s.entry(({ access }) => Object.assign(access.ada ?? {}, { since: 2 })),
    code: "FORGED_ACCESS",
  },
  {
    name: "own access with another last day",
    edit: (s) => s.entry(({ access }) => Object.assign(access.ada ?? {}, { until: "2099-01-01" })),
    code: "FORGED_ACCESS",
  },
  {
    name: "own access that waits",
    edit: (s) =>
      s.entry(({ access }) => {
        delete access.ada?.wrapped;
        delete access.ada?.tag;
      }),
    code: "NO_ACCESS",
  },
  {
    name: "own access tag broken",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { tag: e.access.ci?.tag })),
    code: "FORGED_ACCESS",
  },
  {
    name: "own access of another environment",
    edit: (s) => s.editManifest(({ environments: e }) => Object.assign(e.default?.access ?? {}, { ada: e.production?.access.ada })),
    code: "WRONG_KEY",
  },
  {
    name: "own access wrapped for another recipient",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: e.access.ci?.wrapped })),
    code: "WRONG_KEY",
  },
  {
    name: "own access that is no age file",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: "age:AAAA" })),
    code: "WRONG_KEY",
  },
  {
    name: "own access with a flipped payload",
    edit: (s) => s.entry((e) => Object.assign(e.access.ada ?? {}, { wrapped: flip(e.access.ada?.wrapped as string, 200) })),
    code: "WRONG_KEY",
  },
  {
    name: "a listed path with a terminal's control characters",
    edit: (s) =>
      s.editManifest(({ vaults }) => Object.assign(vaults, { "a\u009b31m/.env.vault": { ...vaults[VAULT], environment: "none" } })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listed path whose name belongs to another environment",
    edit: (s) => s.editManifest(({ vaults }) => Object.assign(vaults, { "x/.env.production.vault": vaults[VAULT] })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listed path that no vault may have",
    edit: (s) => s.editManifest(({ vaults }) => Object.assign(vaults, { "x/.env.local.vault": vaults[VAULT] })),
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "the id of two vaults made one",
    edit: (s) => s.editManifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id })),
    code: "MALFORMED_MANIFEST",
  },
]);
