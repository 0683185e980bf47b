import { rmSync } from "node:fs";
import { refused } from "./rows.ts";
import { MANIFEST, useWorld, VAULT, WEB, WEB_VAULT } from "./world.ts";

useWorld();

refused("rotations", [
  {
    name: "a vault from before a rotation that raised the floor",
    edit: (s) => {
      const before = s.read(VAULT);
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.write(VAULT, before);
    },
    code: "BELOW_FLOOR",
  },
  {
    name: "one line from before it",
    edit: (s) => {
      const before = s.line("API_KEY=");
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.replace("API_KEY=", before);
    },
    code: "BELOW_FLOOR",
  },
  {
    name: "the floor lowered again",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      s.editStatement((e) => Object.assign(e, { floor: Object.keys(e.keys).find((id) => id !== e.active) }));
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the earlier key made active again",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.editStatement((e) => {
        const [older] = Object.keys(e.keys).filter((id) => id !== e.active);
        Object.assign(e.keys[e.active] ?? {}, { state: "deactivated" });
        Object.assign(e, { active: older });
        Object.assign(e.keys[older as string] ?? {}, { state: "active" });
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "an earlier version dropped",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q", "--fence"]);
      s.entry(({ statement: e }, key) => {
        for (const id of Object.keys(e.keys)) if (id !== e.active) delete e.keys[id];
        Object.assign(key, { links: {} });
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "an earlier key's state edited",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.editStatement((e) => {
        for (const [id, key] of Object.entries(e.keys)) if (id !== e.active) Object.assign(key, { state: "destroyed" });
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the links of two keys exchanged",
    edit: (s) => {
      s.ok(["rotate", "-e", "default", "-q"]);
      s.ok(["rotate", "-e", "default", "-q"]);
      s.editStatement((e) => {
        const [a, b] = Object.values(e.keys).flatMap((key) =>
          Object.entries(key.links).map(([id, sealed]) => ({ links: key.links, id, sealed })),
        );
        if (a === undefined || b === undefined) throw new Error("there should be two links");
        a.links[a.id] = b.sealed;
        b.links[b.id] = a.sealed;
      });
    },
    code: "FORGED_MANIFEST",
  },
  {
    name: "the manifest alone set back behind a rotation",
    edit: (s) => {
      const before = s.read(MANIFEST);
      s.ok(["rotate", "-e", "default", "-q"]);
      s.write(MANIFEST, before);
    },
    code: "KEY_UNKNOWN",
  },
  {
    name: "the whole checkout set back, for a deploy key made since",
    edit: (s) => {
      const before = [s.read(MANIFEST), s.read(VAULT)] as const;
      s.ok(["rotate", "-e", "default", "-q"]);
      const key = s.ok(["deploy-key", "create", "new", "-e", "default", "-q"]).stdout.trim();
      s.write("key.txt", key);
      s.write(MANIFEST, before[0]);
      s.write(VAULT, before[1]);
    },
    env: (s) => ({ ...s.away(), ENVSEAL_KEY_FILE: s.path("key.txt") }),
    // The new deploy key is no recipient of the older manifest, which is said first.
    code: "NO_ACCESS",
  },
  {
    name: "a listing made by a forger before a rotation",
    edit: (s) => {
      s.editManifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id }));
      s.write(WEB_VAULT, s.read(VAULT));
      s.envseal(["rotate", "-e", "default", "-q"]);
    },
    cwd: "apps/web",
    code: "MALFORMED_MANIFEST",
  },
  {
    name: "a listing's id changed, its vault removed: encrypt makes it again",
    edit: (s) => {
      s.editManifest(({ vaults }) => Object.assign(vaults[WEB_VAULT] ?? {}, { id: vaults[VAULT]?.id }));
      rmSync(s.path(WEB_VAULT));
      s.write("apps/web/.env", WEB);
      s.envseal(["encrypt", "apps/web/.env", "-q"]);
      s.write(WEB_VAULT, s.read(VAULT));
    },
    cwd: "apps/web",
    code: "MALFORMED_MANIFEST",
  },
]);
