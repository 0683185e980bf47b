import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { MAX_ACCESS } from "../../src/core/limits.ts";
import { world } from "./authority/world.ts";

/** Whoever writes the file may fill it up to a bound: nobody goes beyond, so that what was written can be read again. */

// biome-ignore lint/suspicious/noExplicitAny: whatever the attacker makes of it
type Anything = any;

const bogus = (recipient: string) => ({
  recipient,
  kind: "person",
  since: 1,
  direct: true,
  signatures: { ada: `ed25519:${b64u(new Uint8Array(64).fill(2))}` },
});

function filled(here: ReturnType<typeof world>, count: number): Anything {
  const manifest = structuredClone(here.manifest()) as Anything;
  const { access } = manifest.environments.default;
  const [own] = Object.values(access) as Anything[];
  for (let index = Object.keys(access).length; index < count; index++) access[`m${index}`] = bogus(own.recipient);
  return manifest;
}

describe("a manifest that is full of access entries", () => {
  it("opens, takes none more, and is as it was after what was refused", () => {
    const here = world();
    const { project } = here;
    here.put(filled(here, MAX_ACCESS - 1));
    const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
    expect(key).toMatch(/^esk_default_/);
    expect(project.ok(["get", "API_KEY"], { env: { ENVSEAL_KEY: key } }).stdout).toBe("sk_live_0123456789\n");
    const before = project.read("envseal.json");
    const refused = project.fails(["deploy-key", "create", "late", "-e", "default"]);
    expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "" });
    expect(refused.stderr).toContain(`has more than ${MAX_ACCESS} members); nothing was changed`);
    expect(refused.stderr).toContain("take away what nobody needs");
    expect(project.read("envseal.json")).toBe(before);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("is refused one above the bound", () => {
    const here = world();
    here.project.write("envseal.json", JSON.stringify(filled(here, MAX_ACCESS + 1)));
    expect(here.project.fails(["get", "API_KEY"]).error).toBe("MALFORMED_MANIFEST");
  });

  it("has room again after a rotation, which takes along what counts", () => {
    const here = world();
    here.put(filled(here, MAX_ACCESS));
    here.project.ok(["rotate", "--yes"]);
    here.project.ok(["deploy-key", "create", "ci", "-e", "default"]);
    expect(here.project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });
});
