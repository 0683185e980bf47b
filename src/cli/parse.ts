import { parseArgs } from "node:util";
import type { CAC } from "cac";
import type { CommandSpec, Context, OptionSpec } from "../context.ts";
import { largest } from "../core/append.ts";
import { EnvsealError } from "../errors.ts";
import { COMMON_OPTIONS } from "./options.ts";

/**
 * The table finds the command, cac prints the help, and node's own parser reads the options: cac turns `0012` into 12 and
 * `1e5` into 100000, even where told that it is text, and ends with 0 on an unknown command.
 * @returns null where help or the version was printed
 * @throws USAGE
 */
export async function parseCommandLine(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  version: string,
): Promise<{ spec: CommandSpec; context: Context } | null> {
  const [first] = argv;
  const spec = commands.find(({ name }) => name === first);
  const split = argv.indexOf("--");
  const own = split === -1 ? argv.slice(1) : argv.slice(1, split);
  if (spec !== undefined && !own.includes("--help") && !own.includes("-h")) {
    return { spec, context: readOptions(spec, own, split === -1 ? [] : argv.slice(split + 1)) };
  }
  const about = first === "help" ? argv[1] : spec?.name;
  if (about !== undefined && !commands.some(({ name }) => name === about)) throw unknownCommand(about, commands);
  if (first !== undefined && first !== "help" && spec === undefined && !["--help", "-h"].includes(first))
    throw unknownCommand(first, commands);
  const cli = await describe(commands, version);
  cli.parse(["node", "envseal", ...(about === undefined ? [] : [about]), "--help"], { run: false });
  return null;
}

/** cac, told of every command: it is loaded for help alone, since only that needs it. */
async function describe(commands: readonly CommandSpec[], version: string): Promise<CAC> {
  const [{ cac }, texts] = await Promise.all([import("cac"), helpTexts()]);
  const cli = cac("envseal");
  cli.version(version).help((sections) => helpSections(sections, commands, texts, cli.matchedCommand?.name));
  // cac's own two are not of this table's language.
  for (const option of cli.globalCommand.options) option.description = option.name === "help" ? "show this help" : "print the version";
  for (const option of COMMON_OPTIONS) cli.option(flagText(option), option.summary);
  for (const spec of commands) register(cli, spec);
  return cli;
}

interface HelpTexts {
  descriptions: Readonly<Record<string, string>>;
  json: Readonly<Record<string, string>>;
  exitCodes: string;
}

async function helpTexts(): Promise<HelpTexts> {
  const [{ DESCRIPTIONS, JSON_OUTPUT }, { EXIT_MEANINGS }] = await Promise.all([import("./descriptions.ts"), import("./environment.ts")]);
  const exitCodes = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`);
  return { descriptions: DESCRIPTIONS, json: JSON_OUTPUT, exitCodes: exitCodes.join("\n") };
}

interface HelpSection {
  title?: string;
  body: string;
}

/** Commands by group instead of cac's flat list; a command's own help starts with what it does, and ends with examples to copy. */
function helpSections(sections: HelpSection[], commands: readonly CommandSpec[], texts: HelpTexts, name?: string): HelpSection[] {
  const kept = sections.filter(({ title }) => title !== "Commands" && !title?.startsWith("For more info"));
  const spec = commands.find((command) => command.name === name);
  if (spec !== undefined) {
    const described = wrapped(texts.descriptions[spec.name] ?? "");
    const shape = texts.json[spec.name];
    // cac takes what a --no-option is the opposite of for its default.
    for (const section of kept) section.body = section.body.replace(/ \(default: true\)$/gm, "");
    return [
      { body: `${wrapped(`envseal ${spec.name}: ${spec.summary}`)}\n\n${described}` },
      ...kept.slice(1, -1).map(hung),
      ...(shape === undefined ? [] : [{ title: "JSON", body: `  ${wrapped(shape, 2)}` }]),
      ...kept.slice(-1),
    ];
  }
  const width = largest(commands.map((command) => command.name.length));
  const groups = [...new Set(commands.map(({ group }) => group))].map((group) => ({
    title: group,
    body: commands
      .filter((command) => command.group === group)
      .map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`)
      .join("\n"),
  }));
  const usage = kept.findIndex(({ title }) => title === "Usage");
  return [
    ...kept.slice(0, usage + 1),
    ...[...groups, ...kept.slice(usage + 1), { title: "Exit codes", body: texts.exitCodes }].map(hung),
    { body: "envseal help COMMAND says what it does, with its options and examples" },
  ];
}

/** A paragraph in lines of a terminal's usual width, the further ones indented. */
function wrapped(text: string, indent = 0): string {
  return text.replace(new RegExp(`(.{1,${80 - indent}})(?: +|$)`, "g"), `$1\n${" ".repeat(indent)}`).trimEnd();
}

/** Rows of a word and what it means: the meaning stays in its column. */
function hung({ title, body }: HelpSection): HelpSection {
  const row = (line: string) => {
    const [start = ""] = /^ +\S.*? {2,}(?=\S)/.exec(line) ?? [];
    return start + wrapped(line.slice(start.length), start.length);
  };
  return { ...(title !== undefined && { title }), body: body.split("\n").map(row).join("\n") };
}

function register(cli: CAC, spec: CommandSpec): void {
  const command = cli.command(spec.args === undefined ? spec.name : `${spec.name} ${spec.args}`, spec.summary);
  if (spec.args?.startsWith("[--]")) command.usage(`${spec.name} -- <command> [...arguments]`);
  for (const option of spec.options ?? []) command.option(flagText(option), option.summary);
  for (const example of spec.examples) command.example(`  ${example}`);
}

function flagText({ name, short, value, optional }: OptionSpec): string {
  const shown = value === undefined ? "" : optional === true ? ` [${value}]` : ` <${value}>`;
  return `${short === undefined ? "" : `-${short}, `}--${name}${shown}`;
}

function unknownCommand(name: string, commands: readonly CommandSpec[]): EnvsealError {
  const shown = name.replace(/[^\w.-]/g, "?").slice(0, 40);
  const close = commands.find((command) => command.name.startsWith(name.slice(0, 3)))?.name;
  return new EnvsealError("USAGE", `there is no command "${shown}"`, {
    hint: close === undefined ? "envseal help lists the commands" : `did you mean ${close}?`,
  });
}

function readOptions(spec: CommandSpec, argv: readonly string[], rest: readonly string[]): Context {
  const specs = [...COMMON_OPTIONS, ...(spec.options ?? [])];
  const options = Object.fromEntries(
    specs.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short !== undefined && { short }) },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: withEmpty(withPins(argv, spec), spec), options, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    throw usageOf(error, spec);
  }
  const repeated = specs.find(
    ({ name }) => (parsed.tokens ?? []).filter((token) => token.kind === "option" && token.name === name).length > 1,
  );
  if (repeated !== undefined) throw new EnvsealError("USAGE", `--${repeated.name} was given twice`, { hint: `envseal help ${spec.name}` });
  const [args, behind] = positionalsOf(spec, parsed.positionals, rest);
  checkPositionals(spec, args);
  const { env, file, cwd, json, quiet, yes, ...flags } = parsed.values as Record<string, string | boolean | undefined>;
  return {
    cwd: (cwd as string | undefined) ?? process.cwd(),
    env: process.env,
    environment: env as string | undefined,
    file: file as string | undefined,
    json: json === true,
    quiet: quiet === true,
    yes: yes === true,
    args,
    rest: behind,
    flags,
  };
}

/** Behind `--` stands what is no option, whatever it begins with: git passes names of files, which anybody may have chosen. */
function positionalsOf(spec: CommandSpec, args: readonly string[], rest: readonly string[]): [string[], string[]] {
  return isOwnBehind(spec) ? [[...args], [...rest]] : [[...args, ...rest], []];
}

/** True where what stands behind `--` is a command of somebody's. */
function isOwnBehind({ args = "" }: CommandSpec): boolean {
  return args.startsWith("[--]") || args.includes("[-- ");
}

/** One pin in 64 begins with a `-`, which is nobody's mistake: it goes where it is not taken for an option. */
function withPins(argv: readonly string[], { name, options = [] }: CommandSpec): string[] {
  const [args, behind]: [string[], string[]] = [[], []];
  for (const arg of argv) {
    const isPin = /^-[\w-]{20}[AQgw]$/.test(arg) && !options.some((option) => arg === `--${option.name}`);
    if (isPin && args.at(-1) === "--pin") args[args.length - 1] = `--pin=${arg}`;
    else if (isPin && name === "pin") behind.push(arg);
    else args.push(arg);
  }
  return behind.length === 0 ? args : [...args, "--", ...behind];
}

/** An option that may stand without its value has an empty one then. */
function withEmpty(argv: readonly string[], { options = [] }: CommandSpec): string[] {
  const names = options.flatMap(({ name, optional }) => (optional === true ? [`--${name}`] : []));
  return argv.map((arg, at) => (names.includes(arg) && (argv[at + 1] ?? "-").startsWith("-") ? `${arg}=` : arg));
}

/** node's message may quote what was typed, which may be a secret: only the option's own name is repeated. */
function usageOf(error: unknown, spec: CommandSpec): EnvsealError {
  const text = String((error as Error).message);
  const option = /'(?:-\w, )?(-{1,2}[A-Za-z][\w-]{0,30})/.exec(text)?.[1] ?? "an option";
  const takes = text.includes("does not take an argument") ? "takes no value" : "needs a value";
  const what = text.startsWith("Unknown option") ? ` does not take ${option}` : `: ${option} ${takes}`;
  return new EnvsealError("USAGE", `envseal ${spec.name}${what}`, { hint: `envseal help ${spec.name}` });
}

function checkPositionals(spec: CommandSpec, args: readonly string[]): void {
  const wanted = spec.args ?? "";
  const usage = (what: string) => new EnvsealError("USAGE", `envseal ${spec.name} ${what}`, { hint: `envseal help ${spec.name}` });
  if (wanted.startsWith("[--]")) {
    if (args.length > 0) throw new EnvsealError("USAGE", "the command goes behind --", { hint: "envseal run -- COMMAND [ARGUMENT…]" });
    return;
  }
  const behind = wanted.indexOf("[-- ");
  const named = (behind === -1 ? wanted : wanted.slice(0, behind)).trim();
  const required = (wanted.match(/</g) ?? []).length;
  const many = named.includes("...");
  if (args.length < required) throw usage(`needs ${wanted}`);
  if (!many && args.length > (named === "" ? 0 : named.split(" ").length))
    throw usage(wanted === "" ? "takes no argument" : `takes only ${wanted}`);
}
