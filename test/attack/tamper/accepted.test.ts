import { renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forge, forgeRoot, Scene } from "./scene.ts";
import { MANIFEST, useWorld, VAULT, WEB_VAULT, world } from "./world.ts";

useWorld();

interface Accepted {
  name: string;
  edit: (scene: Scene) => void | Promise<void>;
  /** What an attacker gets by it; nothing where it is left out. */
  changed?: Record<string, string>;
  env?: (scene: Scene) => Record<string, string>;
  /** What stderr must say. */
  warns?: RegExp;
}

const VALUES = {
  API_KEY: "sk_live_0123456789",
  DB_PASSWORD: "correct horse battery",
  FLAG: "",
  PORT: "3000",
  NEXT_PUBLIC_URL: "https://shop.example",
  LAST: "tail-secret",
};

const accepted: Accepted[] = [
  { name: "CRLF everywhere", edit: (s) => s.edit((text) => text.replaceAll("\n", "\r\n")) },
  { name: "CRLF on some lines", edit: (s) => s.edit((text) => text.replace(/\n(?=PORT|#end)/g, "\r\n")) },
  { name: "more blank lines", edit: (s) => s.edit((text) => `\n\n${text.replaceAll("\n", "\n\n")}\n\n`) },
  { name: "no blank lines", edit: (s) => s.lines((rows) => rows) },
  { name: "a manifest with CRLF", edit: (s) => s.edit((text) => text.replaceAll("\n", "\r\n"), MANIFEST) },
  {
    name: "a manifest on one line, its members in another order",
    edit: (s) => s.edit((text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())), MANIFEST),
  },
  {
    name: "the vault a symbolic link to itself elsewhere",
    edit: (s) => {
      renameSync(s.path(VAULT), s.path("elsewhere"));
      symlinkSync("elsewhere", s.path(VAULT));
    },
  },
  // Residue: comments are bound to their vault and not to their place in it.
  { name: "residue: a comment dropped", edit: (s) => s.lines((rows) => rows.filter((row) => row !== s.line("# enc:"))) },
  {
    name: "residue: a comment moved",
    edit: (s) =>
      s.lines((rows) => [...rows.filter((row) => row !== s.line("# enc:")).slice(0, -1), s.line("# enc:"), rows.at(-1) as string]),
  },
  {
    name: "residue: a comment doubled",
    edit: (s) => s.lines((rows) => rows.flatMap((row) => (row === s.line("# enc:") ? [row, row] : [row]))),
  },
  {
    name: "residue: empty lines of the plaintext added and dropped",
    edit: (s) => s.edit((text) => text.replace("\n#\n", "\n").replace("#end", "#\n#\n#end")),
  },
  // Residue: the chain binds neighbours, not time. `check --range` reports it; `rotate --fence` ends it.
  {
    name: "residue T5: one value set back, between the same neighbours",
    edit: (s) => s.replace("API_KEY=", world.earlier.vault.split("\n").find((row) => row.startsWith("API_KEY=")) as string),
    changed: { API_KEY: "old-secret" },
  },
  { name: "residue: a whole vault set back", edit: (s) => s.write(VAULT, world.earlier.vault), changed: { API_KEY: "old-secret" } },
  // Residue that FORMAT.md does not name: an environment's entry of the same key is as good as the newest, `required` included.
  { name: "residue: the manifest set back to before `require`", edit: (s) => s.write(MANIFEST, world.earlier.manifest) },
  // Not authenticated: nothing that opens or seals depends on it.
  {
    name: "a pending recipient",
    edit: (s) => s.editManifest(({ recipients: r }) => Object.assign(r, { zoe: { ...r.prod, custody: { kind: "file" } } })),
  },
  {
    name: "another recipient's key replaced: a claim, the entry is what counts",
    edit: (s) => s.editManifest(({ recipients: r }) => Object.assign(r.ci ?? {}, { recipient: r.prod?.recipient })),
  },
  { name: "one's own recipient removed: a claim", edit: (s) => s.editManifest(({ recipients }) => void delete recipients.ada) },
  {
    name: "one's own recipient replaced: a claim",
    edit: (s) =>
      s.editManifest(({ recipients: r }) => Object.assign(r.ada ?? {}, { recipient: r.prod?.recipient, signer: r.prod?.signer })),
  },
  {
    name: "another recipient's entry replaced: spoils that entry alone",
    edit: (s) => s.entry(({ access }) => Object.assign(access.ci ?? {}, { recipient: access.ada?.recipient })),
  },
  {
    name: "members of later releases in an entry and a listing that nobody signed: spoil those alone",
    edit: (s) =>
      s.editManifest(({ environments: e, vaults }) => {
        Object.assign(e.default?.access.ci ?? {}, { until: "2099-01-01" });
        Object.assign(vaults[WEB_VAULT] ?? {}, { below: { production: "A".repeat(16) } });
      }),
  },
  { name: "an environment that nobody added: never opened, never asked", edit: (s) => forge(s, "staging", ".env.staging.vault") },
  {
    name: "another recipient's access replaced: spoils that entry alone",
    edit: (s) => s.entry((e) => Object.assign(e.access.ci ?? {}, { wrapped: e.access.ada?.wrapped })),
  },
  {
    name: "a recipient's date, custody and the backup's date",
    edit: (s) =>
      s.editManifest((m) => {
        Object.assign(m.recipients.ada ?? {}, { added: "2020-01-01", custody: { kind: "keychain" } });
        m.backup = { verified: "2020-01-01" };
      }),
  },
  {
    name: "another environment broken",
    edit: (s) => s.editManifest(({ environments: e }) => Object.assign(e.production?.settings ?? {}, { required: ["X"] })),
  },
  // Residue: trust on first use. A machine that has seen nothing can only ask its user to compare.
  {
    name: "residue: the whole authority made anew, on a machine that has seen nothing",
    edit: (s) => forgeRoot(s, "default", VAULT),
    env: (s) => ({ XDG_STATE_HOME: join(s.sandbox.root, "no-state") }),
    changed: { LAST: "tail-forger-made" },
    warns: /pin/,
  },
  {
    name: "ENVSEAL_LOADED claimed, a key at hand: loaded all the same",
    edit: () => {},
    env: () => ({ ENVSEAL_LOADED: `default:${world.manifest.vaults[VAULT]?.id}` }),
  },
  {
    name: "DOTENV_KEY is never read",
    edit: () => {},
    env: () => ({ DOTENV_KEY: "dotenv://:key_1234@dotenvx.com/vault/.env.vault?environment=default" }),
  },
];

describe("accepted: form without meaning, and known residues", () => {
  for (const { name, edit, changed = {}, env, warns } of accepted) {
    it(name, async () => {
      const scene = Scene.open();
      await edit(scene);
      const options = { env: env?.(scene) ?? {} };
      const wanted = { ...VALUES, ...changed };
      // The app first: the CLI would pin what it sees.
      const app = scene.boot(options);
      expect(app.stdout, app.stderr).toContain("APP STARTED");
      expect(JSON.parse(app.stdout.slice("APP STARTED ".length))).toMatchObject(wanted);
      const cli = scene.ok(["export", "--format", "json"], options);
      expect(JSON.parse(cli.stdout)).toEqual(wanted);
      if (warns !== undefined) for (const { stderr } of [app, cli]) expect(stderr).toMatch(warns);
    });
  }
});
