/** What every command gets: the options that all take, normalised once, and its own. */
export interface Context {
  cwd: string;
  env: NodeJS.ProcessEnv;
  environment: string | undefined;
  file: string | undefined;
  json: boolean;
  quiet: boolean;
  /** Answers every question with yes. */
  yes: boolean;
  args: string[];
  /** What stands behind `--`. */
  rest: string[];
  flags: Readonly<Record<string, string | boolean | undefined>>;
  /** This person's identity, where it is in no file and its custody was asked for it. */
  identity?: Uint8Array | undefined;
}

export interface Command {
  /** Resolves to the exit code; nothing means 0. */
  run(context: Context): Promise<number | void> | number | void;
}

export function textFlag(context: Context, name: string): string | undefined {
  const value = context.flags[name];
  return typeof value === "string" ? value : undefined;
}

export interface OptionSpec {
  name: string;
  short?: string;
  /** The placeholder of its value; an option without one is a switch. */
  value?: string;
  /** True where it may stand without its value, which is then empty. */
  optional?: true;
  summary: string;
}

export interface CommandSpec {
  name: string;
  /** As cac writes it: `<one>`, `[maybe]`, `[...many]`. */
  args?: string;
  group: string;
  summary: string;
  options?: readonly OptionSpec[];
  examples: readonly string[];
  /** True for commands that open something: a custody that has to be asked is asked before they run. */
  opens?: true;
  load: () => Promise<Command>;
}
