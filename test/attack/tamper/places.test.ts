import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { refused } from "./rows.ts";
import { MANIFEST, PRODUCTION_VAULT, useWorld, VAULT, WEB_VAULT, world } from "./world.ts";

useWorld();

refused("place of the vault", [
  {
    name: "the vault is missing",
    edit: (s) => rmSync(s.path(VAULT)),
    code: "NO_VAULT",
    args: ["-e", "default"],
    env: () => ({ ENVSEAL_ENV: "default" }),
  },
  {
    name: "a vault copied to another folder",
    edit: (s) => s.write("apps/api/.env.vault", s.read(VAULT)),
    cwd: "apps/api",
    code: "UNLISTED_VAULT",
  },
  {
    name: "a vault copied over another of its environment",
    edit: (s) => s.write(WEB_VAULT, s.read(VAULT)),
    cwd: "apps/web",
    code: "FOREIGN_VAULT",
  },
  { name: "a vault copied over another environment's", edit: (s) => s.write(VAULT, s.read(PRODUCTION_VAULT)), code: "FOREIGN_VAULT" },
  { name: "a vault of another project", edit: (s) => s.write(VAULT, world.foreign.read(VAULT)), code: "FOREIGN_VAULT" },
  {
    name: "a vault and a manifest of another project, whose key is not here",
    edit: (s) => {
      s.write(VAULT, world.foreign.read(VAULT));
      s.write(MANIFEST, world.foreign.read(MANIFEST));
      rmSync(join(s.sandbox.home, "config/envseal/identities", JSON.parse(world.foreign.read(MANIFEST)).project));
    },
    code: "NO_KEY",
  },
  {
    name: "a symbolic link to another vault",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync(WEB_VAULT, s.path(VAULT));
    },
    code: "FOREIGN_VAULT",
  },
  {
    name: "a symbolic link that leads nowhere",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync("nowhere", s.path(VAULT));
    },
    args: ["-e", "default"],
    env: () => ({ ENVSEAL_ENV: "default" }),
    code: "NO_VAULT",
  },
  {
    name: "a symbolic link to itself",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync(VAULT, s.path(VAULT));
    },
    args: ["-f", VAULT],
    code: "IO",
    exit: 5,
  },
  {
    name: "a symbolic link to a device",
    edit: (s) => {
      rmSync(s.path(VAULT));
      symlinkSync("/dev/zero", s.path(VAULT));
    },
    code: "IO",
    exit: 5,
  },
  {
    name: "a folder in the vault's place",
    edit: (s) => {
      rmSync(s.path(VAULT));
      mkdirSync(s.path(VAULT));
    },
    code: "IO",
    exit: 5,
  },
  {
    name: "a copy of the manifest beside a copy of the root's vault",
    edit: (s) => {
      s.write("apps/web/envseal.json", s.read(MANIFEST));
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    code: "FOREIGN_VAULT",
  },
  {
    name: "the same for a deploy key",
    edit: (s) => {
      s.write("apps/web/envseal.json", s.read(MANIFEST));
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "FOREIGN_VAULT",
  },
  {
    name: "a bundle's listing taken back into the repository",
    edit: (s) => {
      s.ok(["bundle", "out", "-f", WEB_VAULT, "-q"]);
      const bundled = JSON.parse(s.read("out/envseal.json")) as Manifest;
      s.editManifest((manifest) => Object.assign(manifest.vaults, bundled.vaults));
      s.write(VAULT, s.read("out/.env.vault"));
      rmSync(s.path("out"), { recursive: true });
    },
    code: "MALFORMED_MANIFEST",
  },
]);
