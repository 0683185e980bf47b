/**
 * For Next.js: `withEnvseal` in next.config, `register` in instrumentation.
 *
 * @module next
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isKeyVariable } from "./custody/key.ts";
import { isEnvsealError } from "./errors.ts";
import { type ConfigOptions, config, type VaultFile, vaultFiles } from "./index.ts";

/** What is read and set of Next's own configuration. */
interface NextConfigPart {
  output?: string | undefined;
  outputFileTracingIncludes?: Record<string, string[]> | undefined;
  serverExternalPackages?: string[] | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: Next's configuration function takes and gives types of Next, which is no dependency
type ConfigFunction = (...args: any[]) => any;

/** What a standalone server loads of this package, by `import`, `require` or `node -r envseal/config`. */
const RUNTIME = ["package.json", ...["index.cjs", "index.mjs", "next.cjs", "next.mjs", "config.cjs"].map((name) => `dist/${name}`)];

/**
 * Opens the vault when Next reads its configuration (dev, build, start), so that `process.env` holds the values before
 * anything uses them, and lets the build trace the vaults, the manifest and this package for `output: "standalone"` and
 * for functions. There next.config is not read at run time: `register` opens the vault.
 * @param nextConfig an object, or the function Next allows in its place
 * @param options as those of `config`
 * @returns the same, with the files to trace added
 * @throws EnvsealError whatever `config` throws; Next does not start
 * @example
 * // next.config.ts
 * import { withEnvseal } from "envseal/next";
 * export default withEnvseal({ output: "standalone" });
 */
export function withEnvseal<Config extends object>(nextConfig: Config, options: ConfigOptions = {}): Config {
  config({ ...options, keepKey: true });
  if (options.keepKey !== true) blankKeys(options.env ?? process.env);
  if (typeof nextConfig !== "function") return traced(nextConfig, options);
  const make = nextConfig as ConfigFunction;
  const wrapped: ConfigFunction = async (...args) => traced(await make(...args), options);
  return wrapped as Config;
}

/**
 * For instrumentation.ts: opens the vault before any route is loaded, and ends the process where that fails. (Next logs
 * what instrumentation throws and answers every request with 500: nothing that runs the server would know that it did not
 * start.) Where next.config opened it already, it does nothing.
 * @param options as those given to `withEnvseal`
 * @example
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME === "nodejs") (await import("envseal/next")).register();
 * }
 */
export function register(options: ConfigOptions = {}): void {
  try {
    config(options);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    process.stderr.write(`envseal: ${error.message} [${error.code}]\n${error.hint === undefined ? "" : `  hint: ${error.hint}\n`}`);
    process.exit(1);
  }
}

/** Next keeps a copy of the environment from before, and puts back what was deleted when a .env file changes; it takes over what was set. */
function blankKeys(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (isKeyVariable(name)) env[name] = "";
}

function traced<Config extends object>(nextConfig: Config, options: ConfigOptions): Config {
  const { outputFileTracingIncludes = {}, serverExternalPackages = [] }: NextConfigPart = nextConfig;
  const files = [...new Set([...vaultFiles({ ...options, optional: true }).flatMap(shipped), ...runtime()])];
  const everyRoute = [...(outputFileTracingIncludes["/**"] ?? []), ...files.map(fromHere)];
  return {
    ...nextConfig,
    outputFileTracingIncludes: { ...outputFileTracingIncludes, "/**": everyRoute },
    serverExternalPackages: [...new Set([...serverExternalPackages, "envseal"])],
  };
}

/** With the vaults of the other environments beside it: what was built once runs wherever its key says. */
function shipped({ path, manifest }: VaultFile): string[] {
  const folder = dirname(path);
  const vaults = readdirSync(folder).filter((name) => /^\.env(\.[a-z0-9-]+)?\.vault$/.test(name));
  return [path, ...vaults.map((name) => join(folder, name)), ...(manifest === null ? [] : [resolve(manifest)])];
}

/** Named one by one: a tracer follows `import "envseal"`, and neither createRequire nor a preload. */
function runtime(): string[] {
  try {
    const root = dirname(createRequire(join(process.cwd(), "package.json")).resolve("envseal/package.json"));
    return RUNTIME.map((name) => join(root, name)).filter((path) => existsSync(path));
  } catch {
    return [];
  }
}

/** Next takes globs relative to the project's folder, with `/`. */
function fromHere(path: string): string {
  const local = relative(process.cwd(), path).split(sep).join("/");
  return local.startsWith("../") ? local : `./${local}`;
}
