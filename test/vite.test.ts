import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { utf8 } from "../src/core/bytes.ts";
import { EnvsealError } from "../src/errors.ts";
import { envseal } from "../src/vite.ts";
import { MemoryProject } from "./support/vaults.ts";

const SECRET = "sk_live_4f9aQ2xLw8Zr0TmB";
const FILE = `API_KEY=${SECRET}\nVITE_COPY=${SECRET}\nVITE_HIDDEN=Zk3_9fQpLx72Wm81\nPORT=3000\nBASE_URL=/x\nodd.name=1\nBUCKET=tb-e9.x7-q2w\nTEMPLATE_KEY=an-example-value\n`;
const PUBLIC = ["PORT", "BASE_URL", "odd.name"];

/** A vault in a folder, and the plugin's hooks called as Vite does. */
function prepared(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "envseal-vite-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const project = new MemoryProject();
  writeFileSync(join(folder, ".env.vault"), project.seal(utf8(FILE), { isPublic: (name) => PUBLIC.includes(name) }));
  writeFileSync(join(folder, ".env.example"), "TEMPLATE_KEY=an-example-value\n");
  const variables: Record<string, string> = { ENVSEAL_KEY: project.readOnlyKey(), ...env };
  const start = (user: { envPrefix?: string } = {}) => {
    const plugin = envseal({ path: join(folder, ".env.vault"), env: variables });
    const { define } = plugin.config.handler(user);
    plugin.configResolved(user);
    return { plugin, define };
  };
  return { env: variables, start };
}

function generate(
  plugin: ReturnType<typeof envseal>,
  code: string,
  consumer: string | null = "client",
): { error?: Error; warnings: string[] } {
  const result: { error?: Error; warnings: string[] } = { warnings: [] };
  const context = {
    ...(consumer !== null && { environment: { config: { consumer } } }),
    warn: (text: string) => void result.warnings.push(text),
    error: (error: Error): never => {
      result.error = error;
      throw error;
    },
  };
  try {
    plugin.generateBundle.handler.call(context, {}, { x: { fileName: "assets/x.js", code } });
  } catch (error) {
    if (error !== result.error) throw error;
  }
  return result;
}

it("exposes what is public, but no name of Vite's own and none that is no identifier", () => {
  const { start, env } = prepared();
  expect(start().define).toEqual({ "import.meta.env.PORT": '"3000"' });
  expect(env).toMatchObject({ API_KEY: SECRET, PORT: "3000" });
  expect(env).not.toHaveProperty("ENVSEAL_KEY");
});

it("names the variable and the file, never the value; also a secret that stands under an exposed name too", () => {
  const { plugin } = prepared().start();
  const { error } = generate(plugin, `console.log("${SECRET}")`);
  expect(error).toBeInstanceOf(EnvsealError);
  expect(error).toMatchObject({ code: "FINDING" });
  expect(error?.message).toContain("assets/x.js line 1 holds the value of API_KEY");
  expect(error?.message).not.toContain("sk_live");
  expect(error?.message).not.toContain("VITE_COPY");
});

it("lets pass what is exposed, what a template shows, and server code", () => {
  const { plugin } = prepared().start();
  for (const code of ["Zk3_9fQpLx72Wm81", "an-example-value", "3000"]) expect(generate(plugin, code), code).toEqual({ warnings: [] });
  expect(generate(plugin, SECRET, "server")).toEqual({ warnings: [] });
  expect(generate(prepared().start({ envPrefix: "PUBLIC_" }).plugin, "Zk3_9fQpLx72Wm81").error?.message).toContain("VITE_HIDDEN");
});

it("warns of what may be a secret", () => {
  const { plugin } = prepared().start();
  const { warnings, error } = generate(plugin, "tb-e9.x7-q2w");
  expect(error).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("the value of BUCKET")]);
});

it("knows the values after a restart too, when the key is gone, and those the environment had first", () => {
  const { start, env } = prepared({ API_KEY: "another-Secret-91xKw_of_env" });
  const first = start();
  const second = start();
  expect(env.API_KEY).toBe("another-Secret-91xKw_of_env");
  expect(second.define).toEqual(first.define);
  for (const { plugin } of [first, second]) expect(generate(plugin, "another-Secret-91xKw_of_env").error?.message).toContain("API_KEY");
  expect(generate(first.plugin, SECRET).error?.message, "the vault's own").toContain("API_KEY");
});

it("tells client from server in Vite 5, which has no environments", () => {
  const { plugin } = prepared().start();
  expect(generate(plugin, SECRET, null).error).toBeDefined();
  plugin.configResolved({ build: { ssr: true } });
  expect(generate(plugin, SECRET, null).error).toBeUndefined();
});
