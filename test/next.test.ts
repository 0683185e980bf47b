import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { utf8 } from "../src/core/bytes.ts";
import { withEnvseal } from "../src/next.ts";
import { MemoryProject } from "./support/vaults.ts";

interface Config {
  output?: "standalone";
  reactStrictMode?: boolean;
  serverExternalPackages?: string[];
  outputFileTracingIncludes?: Record<string, string[]>;
}

/** A vault in a folder, with the vault of another environment, a manifest and a plaintext beside it. */
function prepared(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "envseal-next-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const project = new MemoryProject();
  writeFileSync(join(folder, ".env.vault"), project.seal(utf8("A=1\nNEXT_PUBLIC_B=2\n")));
  for (const name of [".env.staging.vault", ".env.local", ".env.example", ".env.bad_name.vault"]) writeFileSync(join(folder, name), "");
  const variables: Record<string, string> = { ENVSEAL_KEY: project.readOnlyKey(), ENVSEAL_KEY_FILE: "/x", ...env };
  return {
    folder,
    env: variables,
    options: { path: join(folder, ".env.vault"), env: variables },
    at: (name: string) => relative(process.cwd(), join(folder, name)),
  };
}

it("opens the vault at once, and blanks the keys: Next would put deleted ones back", () => {
  const { env, options } = prepared();
  withEnvseal({}, options);
  expect(env).toMatchObject({ A: "1", NEXT_PUBLIC_B: "2", ENVSEAL_KEY: "", ENVSEAL_KEY_FILE: "" });
  const again = withEnvseal({}, options);
  expect(again, "a second evaluation needs no key").toHaveProperty("outputFileTracingIncludes");
  const kept = prepared();
  withEnvseal({}, { ...kept.options, keepKey: true });
  expect(kept.env.ENVSEAL_KEY).toMatch(/^esk_/);
});

it("adds every vault beside it and this package to what is traced, and nothing in clear", () => {
  const { options, at } = prepared();
  const given: Config = {
    reactStrictMode: true,
    serverExternalPackages: ["sharp"],
    outputFileTracingIncludes: { "/**": ["./x"], "/api": ["./y"] },
  };
  const made = withEnvseal(given, options);
  expect(made).toMatchObject({ reactStrictMode: true, serverExternalPackages: ["sharp", "envseal"] });
  const { "/**": everyRoute = [], ...others } = made.outputFileTracingIncludes ?? {};
  expect(others).toEqual({ "/api": ["./y"] });
  expect(everyRoute).toEqual(
    expect.arrayContaining(["./x", at(".env.vault"), at(".env.staging.vault"), "./dist/index.cjs", "./package.json"]),
  );
  expect(everyRoute.filter((path) => /local|example|bad_name/.test(path))).toEqual([]);
  expect(given.outputFileTracingIncludes?.["/**"], "what was given stays as it is").toEqual(["./x"]);
});

it("takes Next's configuration function too, and opens before that is called", async () => {
  const { env, options } = prepared();
  const make = async (phase: string): Promise<Config> => ({ output: "standalone", reactStrictMode: phase === "x" && env.A === "1" });
  const wrapped = withEnvseal(make, options);
  expect(env.A).toBe("1");
  expect(await wrapped("x")).toMatchObject({ output: "standalone", reactStrictMode: true, serverExternalPackages: ["envseal"] });
});

it("does not let Next start on any doubt, and does nothing where loading is switched off", () => {
  const { options } = prepared({ ENVSEAL_KEY: "esk_default_AAAA" });
  expect(() => withEnvseal({}, options)).toThrow(expect.objectContaining({ code: "MALFORMED_KEY" }));
  const off = prepared({ ENVSEAL: "off" });
  withEnvseal({}, off.options);
  expect(off.env).not.toHaveProperty("A");
});

/** What `withEnvseal` says, started in a folder with these files, where Next put `env` into its environment before. */
function said(env: Record<string, string>, files: Record<string, string>, override = false): string {
  const { folder, options } = prepared(env);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const spies = [vi.spyOn(process, "cwd").mockReturnValue(folder), vi.spyOn(process.stderr, "write").mockReturnValue(true)] as const;
  onTestFinished(() => void vi.restoreAllMocks());
  withEnvseal({}, { ...options, override });
  const text = spies[1].mock.calls.map(([chunk]) => String(chunk)).join("");
  vi.restoreAllMocks();
  return text;
}

it("says which values of a plaintext file, which Next reads first, stand in for the vault's", () => {
  expect(said({ A: "stale" }, { ".env": "A=stale\n" })).toMatch(/: A\. \S+\.env has it too/);
  expect(said({ A: "stale" }, { ".env": "A=stale\n" })).not.toContain("stale");
  expect(said({ A: "stale", NODE_ENV: "production" }, { ".env.production": "A=stale\n" })).toContain(".env.production");
  expect(said({ A: "1" }, { ".env": "A=1\n" }), "it says what the vault says").toBe("");
  expect(said({ A: "9", NODE_ENV: "test" }, { ".env": "X=1\n", ".env.production": "A=8\n" }), "the environment's own").toBe("");
  expect(said({ A: "8" }, { ".env": "A=1\n", ".env.local": "A=8\n" }), "a person's own").toBe("");
  expect(said({ A: "9" }, {}), "the environment's own").toBe("");
  expect(said({ A: "stale" }, { ".env": "A=stale\n" }, true), "the vault wins").toBe("");
});
