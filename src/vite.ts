/**
 * For Vite and what builds on it, such as SvelteKit.
 *
 * @module vite
 */
import { dirname, relative } from "node:path";
import { ContentSearch } from "./guard/content.ts";
import { LeakSearch, type Secret } from "./guard/leaks.ts";
import { type ConfigOptions, config, EnvsealError, type VaultFile, vaultFiles } from "./index.ts";
import { valuesOfTemplates } from "./project/templates.ts";

/** The parts of Vite's and Rollup's types that are used; Vite is no dependency. */
interface ViteConfig {
  envPrefix?: string | string[] | undefined;
  build?: { ssr?: boolean | string | undefined } | undefined;
}
interface OutputFile {
  fileName: string;
  code?: string;
  source?: string | Uint8Array;
  map?: { toString(): string } | null;
}
interface BundleContext {
  environment?: { config: { consumer: string } };
  error(error: Error): never;
  warn(message: string): void;
}
/** What `envseal` gives to Vite's `plugins`; Vite calls its parts. */
export interface EnvsealPlugin {
  /** `"envseal"`, as Vite's messages name it. */
  name: string;
  /** Before plugins that read `process.env`. */
  enforce: "pre";
  /** @internal */
  config: { order: "pre"; handler(user: ViteConfig): { define: Record<string, string> } };
  /** @internal */
  configResolved(resolved: ViteConfig): void;
  /** @internal */
  generateBundle: {
    order: "post";
    handler(this: BundleContext, options: unknown, bundle: Record<string, OutputFile>): void;
  };
}

/** Vite's own, which a vault's variable of that name must not replace. */
const OWN = new Set(["MODE", "DEV", "PROD", "SSR", "BASE_URL"]);

/**
 * A Vite plugin: opens the vault into `process.env` for dev, build and preview; `import.meta.env` gets the names with
 * Vite's `envPrefix` and those that are public in the vault, and no others. A build of client code that holds the value of
 * a secret, in whatever encoding, fails and names the variable and the file.
 * @param options as those of `config`
 * @throws EnvsealError whatever `config` throws; FINDING for a value in the bundle
 * @example
 * // vite.config.ts
 * import { envseal } from "envseal/vite";
 * export default defineConfig({ plugins: [envseal()] });
 */
export function envseal(options: ConfigOptions = {}): EnvsealPlugin {
  let files: VaultFile[] = [];
  let opened: Record<string, string> = {};
  let prefixes: string[] = [];
  let ssr = false;
  return {
    name: "envseal",
    enforce: "pre",
    config: {
      // Before SvelteKit and others, which read process.env in theirs.
      order: "pre",
      handler() {
        opened = { ...opened, ...config(options).parsed };
        files = filesToLoad(options);
        return { define: exposed(files, options.env ?? process.env) };
      },
    },
    configResolved({ envPrefix = "VITE_", build }) {
      prefixes = [envPrefix].flat();
      ssr = Boolean(build?.ssr);
    },
    generateBundle: {
      // After what writes HTML and styles, so that all of it is seen.
      order: "post",
      handler(_, bundle) {
        const client = this.environment === undefined ? !ssr : this.environment.config.consumer === "client";
        if (!client) return;
        const isExposed = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
        const templates = valuesOfTemplates(files.map(({ path }) => dirname(path)));
        const leaks = new LeakSearch(secretsOf(files, opened, options.env ?? process.env, isExposed), templates);
        report(this, new ContentSearch(leaks), Object.values(bundle));
      },
    },
  };
}

/** Switched off, there may be no vault either; where that word does not count, `config` has found one before. */
function filesToLoad(options: ConfigOptions): VaultFile[] {
  const off = (options.env ?? process.env).ENVSEAL === "off";
  return vaultFiles(off ? { ...options, optional: true } : options);
}

/** What is public and has no prefix; what has one, Vite takes from process.env by itself. */
function exposed(files: readonly VaultFile[], env: NodeJS.ProcessEnv): Record<string, string> {
  const names = files.flatMap((file) => file.names.filter((entry) => entry.public && /^[A-Za-z_]\w*$/.test(entry.name)));
  return Object.fromEntries(
    names.flatMap(({ name }) => (OWN.has(name) || env[name] === undefined ? [] : [[`import.meta.env.${name}`, JSON.stringify(env[name])]])),
  );
}

/** The values in the vault and, where the environment had others, those too: either would be a secret in the open. */
function secretsOf(
  files: readonly VaultFile[],
  opened: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  isExposed: (name: string) => boolean,
): Secret[] {
  return files.flatMap(({ path, environment, names }) => {
    const vault = relative(process.cwd(), path);
    return names.flatMap(({ name, version, ...entry }) => {
      if (entry.public || isExposed(name)) return [];
      const values = new Set([opened[name], env[name]].filter((value) => value !== undefined));
      return [...values].map((value) => ({ name, vault, environment, version, current: true, value }));
    });
  });
}

function report(context: BundleContext, search: ContentSearch, output: readonly OutputFile[]): void {
  const findings = output.flatMap(({ fileName, code, source, map }) => {
    const found = search.inspect(fileName, Buffer.from(code ?? source ?? ""));
    return map == null || found.length > 0 ? found : search.inspect(`${fileName}.map`, Buffer.from(map.toString()));
  });
  const errors = findings.filter(({ level }) => level === "error");
  if (errors.length === 0) {
    for (const { message } of findings) context.warn(message);
    return;
  }
  context.error(
    new EnvsealError("FINDING", `the client's bundle holds secrets:\n${errors.map(({ message }) => `  ${message}`).join("\n")}`, {
      hint: "read them in server code alone; what a browser may see is declared public (envseal public NAME), or has Vite's envPrefix",
    }),
  );
}
