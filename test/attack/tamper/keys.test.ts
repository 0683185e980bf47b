import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatIdentity } from "../../../src/age/keys.ts";
import { refused } from "./rows.ts";
import { at, flip, swap } from "./scene.ts";
import { MANIFEST, useWorld, VAULT, WEB_VAULT, world } from "./world.ts";

useWorld();

/** All names of the vault but LAST. */
const SET = { API_KEY: "x", DB_PASSWORD: "x", FLAG: "x", PORT: "1", NEXT_PUBLIC_URL: "x" };
const CLAIM = () => ({ ENVSEAL_LOADED: `default:${world.manifest.vaults[VAULT]?.id}` });

refused("keys", [
  { name: "none", env: (s) => s.away(), code: "NO_KEY" },
  { name: "empty", env: (s) => ({ ...s.away(), ENVSEAL_KEY: "" }), code: "NO_KEY" },
  { name: "cut off", env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default.slice(0, -3) }), code: "MALFORMED_KEY" },
  { name: "mistyped", env: (s) => ({ ...s.away(), ENVSEAL_KEY: flip(world.keys.default, 30) }), code: "MALFORMED_KEY" },
  {
    name: "relabelled for another environment",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.production.replace("production", "default") }),
    code: "MALFORMED_KEY",
  },
  { name: "no key at all", env: (s) => ({ ...s.away(), ENVSEAL_KEY: "hunter2-hunter2" }), code: "MALFORMED_KEY" },
  { name: "a hostile kind", env: (s) => ({ ...s.away(), ENVSEAL_KEY: `esk_default_${"A".repeat(4000)}` }), code: "MALFORMED_KEY" },
  {
    name: "of another environment",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.production, ENVSEAL_ENV: "default" }),
    code: "WRONG_KEY",
  },
  { name: "of another project", env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.foreign }), code: "PIN_MISMATCH" },
  {
    name: "T13: the identity of a stranger",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)), ENVSEAL_PIN: world.pin }),
    code: "NO_ACCESS",
  },
  {
    name: "an age identity without its pin",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)) }),
    code: "NO_PIN",
  },
  {
    name: "an age identity with a pin that is none",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: formatIdentity(new Uint8Array(32).fill(7)), ENVSEAL_PIN: "AAAA" }),
    code: "NO_PIN",
  },
  {
    name: "an age identity with another pin",
    env: (s) => ({
      ...s.away(),
      ENVSEAL_KEY: /^AGE-.+$/m.exec(readFileSync(s.identity, "utf8"))?.[0] as string,
      ENVSEAL_PIN: "A".repeat(22),
    }),
    code: "PIN_MISMATCH",
  },
  { name: "a key file that is not there", env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("nowhere") }), code: "NO_KEY" },
  { name: "a key file that is a folder", env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.folder }), code: "IO", exit: 5 },
  {
    name: "a key file that is empty",
    edit: (s) => s.write("key.txt", ""),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("key.txt") }),
    code: "MALFORMED_KEY",
  },
  { name: "an identity file that others can read", edit: (s) => chmodSync(s.identity, 0o644), code: "KEY_FILE_MODE" },
  { name: "an identity folder that others can enter", edit: (s) => chmodSync(join(s.identity, ".."), 0o755), code: "KEY_FILE_MODE" },
  {
    name: "an identity file with two identities",
    edit: (s) => writeFileSync(s.identity, readFileSync(s.identity, "utf8").repeat(2)),
    code: "MALFORMED_KEY",
  },
  {
    name: "the identity of another project",
    edit: (s) => renameSync(join(s.identity, "..", JSON.parse(world.foreign.read(MANIFEST)).project), s.identity),
    code: "NO_ACCESS",
  },
  {
    name: "a read-only key for another vault",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    cwd: "apps/web",
    code: "WRONG_KEY",
  },
  {
    name: "a read-only key after a rotation",
    edit: (s) => void s.ok(["rotate", "-e", "default", "-q"]),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    code: "KEY_UNKNOWN",
  },
  {
    name: "a read-only key and a moved value",
    edit: (s) => s.lines((rows) => swap(rows, at(rows, "API_KEY="), at(rows, "DB_PASSWORD="))),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.readOnly }),
    code: "MOVED_VALUE",
  },
  {
    name: "ENVSEAL_LOADED claimed, the names missing",
    env: (s) => ({ ...s.away(), ...CLAIM() }),
    code: "NO_KEY",
  },
  {
    name: "ENVSEAL_LOADED claimed, one name missing",
    env: (s) => ({ ...s.away(), ...CLAIM(), ...SET }),
    code: "NO_KEY",
  },
  {
    name: "ENVSEAL_LOADED of another vault, every name set",
    env: (s) => ({
      ...s.away(),
      ENVSEAL_LOADED: `default:${world.manifest.vaults[WEB_VAULT]?.id}`,
      ...SET,
      LAST: "x",
    }),
    code: "NO_KEY",
  },
  {
    name: "ENVSEAL_LOADED claimed in a folder without a vault, one name missing",
    edit: (s) => mkdirSync(s.path("jobs")),
    env: (s) => ({ ...s.away(), ...CLAIM(), ...SET }),
    cwd: "jobs",
    code: "NO_KEY",
    boot: "NO_VAULT",
  },
  {
    name: "ENVSEAL_LOADED of no vault of this project, in a folder without one, every name set",
    edit: (s) => mkdirSync(s.path("jobs")),
    env: (s) => ({ ...s.away(), ENVSEAL_LOADED: `default:${"A".repeat(16)}`, ...SET, LAST: "x" }),
    cwd: "jobs",
    code: "NO_KEY",
    boot: "NO_VAULT",
  },
  {
    name: "ENVSEAL_LOADED claimed by a plaintext file too, every name set",
    edit: (s) => s.write(".env", `ENVSEAL_LOADED=default:${world.manifest.vaults[VAULT]?.id}\n`),
    env: (s) => ({ ...s.away(), ...CLAIM(), ...SET, LAST: "x" }),
    code: "NO_KEY",
  },
]);
