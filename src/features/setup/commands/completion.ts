import type { CommandSpec, Context, OptionSpec } from "../../../context.ts";
import { EnvsealError } from "../../../errors.ts";
import { out } from "../../../ui/output.ts";

/** Made from the table of commands; the scripts start no process to complete. */
export function run(context: Context, commands: readonly CommandSpec[], common: readonly OptionSpec[]): void {
  const [shell = ""] = context.args;
  const script = { bash, zsh, fish }[shell];
  if (script === undefined) throw new EnvsealError("USAGE", "completions are for bash, zsh and fish", { hint: "envseal completion bash" });
  out(script(commands, common));
}

const namesOf = (commands: readonly CommandSpec[]) => ["help", ...commands.map(({ name }) => name)];
const long = ({ name }: OptionSpec) => `--${name}`;

function bash(commands: readonly CommandSpec[], common: readonly OptionSpec[]): string {
  const cases = commands
    .map(({ name, options = [] }) => `    ${name}) options="$options ${options.map(long).join(" ")}" ;;`)
    .filter((row) => !row.includes('"$options "'));
  return `_envseal() {
  local cur=\${COMP_WORDS[COMP_CWORD]} options="${common.map(long).join(" ")}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${namesOf(commands).join(" ")}" -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _envseal envseal
`;
}

function zsh(commands: readonly CommandSpec[], common: readonly OptionSpec[]): string {
  const quoted = (text: string) => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, "\\$&");
  const described = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const argument = ({ name, summary, value }: OptionSpec) =>
    `'--${name}[${quoted(summary)}]${value === undefined ? "" : `:${value}:_files`}'`;
  const cases = commands.map(
    ({ name, options = [] }) => `    ${name}) _arguments ${[...common, ...options].map(argument).join(" ")} '*:file:_files' ;;`,
  );
  return `#compdef envseal
_envseal() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join("\n")}
  esac
}
compdef _envseal envseal
`;
}

function fish(commands: readonly CommandSpec[], common: readonly OptionSpec[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const option = ({ name, short, value, summary }: OptionSpec) =>
    `-l ${name}${short === undefined ? "" : ` -s ${short}`}${value === undefined ? "" : " -r"} -d ${quoted(summary)}`;
  const rows = commands.flatMap(({ name, summary, options = [] }) => [
    `complete -c envseal -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...options.map((entry) => `complete -c envseal -n '__fish_seen_subcommand_from ${name}' ${option(entry)}`),
  ]);
  return `${[...common.map((entry) => `complete -c envseal ${option(entry)}`), ...rows].join("\n")}\n`;
}
