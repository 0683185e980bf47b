import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Merging, mergingProject } from "../support/team.ts";

/** git takes a manifest that one side alone changed, whoever changed it: what it says of a vault that is unmerged is not to be gone by. */

type Json = ReturnType<Merging["project"]["manifest"]>;

const VAULT = ".env.production.vault";
const FILES = { ".env": "A=secret-of-default-0123\n", ".env.production": "A=secret-of-production-0123\n" };

/** Somebody without a key changes the manifest on their branch, and we change the vault. */
function meets(theirs: (merging: Merging, put: (change: (manifest: Json) => void) => void) => void, before?: (merging: Merging) => void) {
  const merging = mergingProject(FILES);
  const { project } = merging;
  before?.(merging);
  const put = (change: (manifest: Json) => void) => {
    const manifest = project.manifest();
    change(manifest);
    project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
  };
  merging.parted(
    () => project.ok(["set", "A", "-e", "production", "-q"], { input: "ours-0123456789" }),
    () => theirs(merging, put),
  );
  merging.tries("merge", "side");
  return { merging, project };
}

function saysGone(manifest: Json): void {
  const head = manifest.authority.at(-1);
  head.gone = { production: { revision: 9 } };
  delete head.environments.production;
  delete manifest.environments.production;
  delete manifest.vaults[VAULT];
}

const removes = ({ project }: Merging, put: (change: (manifest: Json) => void) => void) => {
  project.git("rm", "-q", VAULT);
  put(saysGone);
};

it.each([
  ["where the pin was confirmed", {}],
  ["where it was not", { XDG_STATE_HOME: "../fresh" }],
])("no vault is deleted since an unsigned manifest says that its environment is gone, %s", (_, env: Record<string, string>) => {
  const { project } = meets(removes);
  const state = Object.fromEntries(Object.entries(env).map(([name, path]) => [name, project.path(path)]));
  const refused = project.fails(["resolve"], { env: state });
  expect(refused.error).toBe("NEEDS_TERMINAL");
  expect(refused.stderr).not.toContain("an admin removed");
  expect([existsSync(project.path(VAULT)), project.git("status", "--short", VAULT)]).toEqual([true, `UD ${VAULT}\n`]);
});

it("nor since one from before says so, which an admin signed and another one took back", () => {
  let gone = "";
  const { project } = meets(
    (merging) => {
      merging.project.git("rm", "-q", VAULT);
      merging.project.write("envseal.json", gone);
    },
    (merging) => {
      const { project: here } = merging;
      const value = here.read(".env.production");
      here.ok(["env", "remove", "production", "--yes", "-q"]);
      gone = here.read("envseal.json");
      merging.commit("gone");
      here.ok(["env", "add", "production", "--yes", "-q"]);
      here.write(".env.production", value);
      here.ok(["encrypt", "-e", "production", "--yes", "-q"]);
      merging.commit("back");
    },
  );
  expect(project.fails(["resolve"]).error).toBe("NEEDS_TERMINAL");
  expect(existsSync(join(project.folder, VAULT))).toBe(true);
});

it("no vault is taken whole since a listing that nobody with the key made names it", () => {
  const { project } = meets((merging, put) => {
    const text = merging.project.read(VAULT);
    const id = /[\w-]{16}/.exec(merging.project.manifest().vaults[VAULT].id)?.[0] as string;
    const other = `${id.startsWith("A") ? "B" : "A"}${id.slice(1)}`;
    merging.project.write(VAULT, text.replaceAll(id, other));
    put((manifest) => {
      manifest.vaults[VAULT].id = other;
    });
  });
  const own = project.git("show", `HEAD:${VAULT}`).split("\n", 1)[0];
  project.ok(["resolve", "-q"]);
  expect(project.read(VAULT).split("\n", 1)[0]).toBe(own);
});
