// docs/reference/cli.md from the table of commands, in its order.
const cell = (text) => text.replace(/\|/g, "\\|").replace(/<(?=\w)/g, "&lt;");
const table = (head, rows) => [
  `| ${head.join(" | ")} |`,
  `|${"---|".repeat(head.length)}`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
  "",
];

/** `-e, --env NAME` */
const shownValue = (value, optional) => (value === undefined ? "" : optional === true ? ` [${value}]` : ` ${value}`);
const flag = ({ name, short, value, optional }) => `${short === undefined ? "" : `-${short}, `}--${name}${shownValue(value, optional)}`;
const options = (specs) =>
  table(
    ["option", ""],
    specs.map((spec) => [`\`${flag(spec)}\``, cell(spec.summary)]),
  );

const usage = ({ name, args }) =>
  ["envseal", name, args?.startsWith("[--]") ? "-- <command> [...arguments]" : args].filter(Boolean).join(" ");

function section(spec, description, json) {
  return [
    `### ${spec.name}`,
    "",
    `\`${usage(spec)}\``,
    "",
    `${spec.summary[0].toUpperCase()}${spec.summary.slice(1)}.`,
    "",
    description,
    "",
    ...(spec.options === undefined ? [] : options(spec.options)),
    "```sh",
    ...spec.examples,
    "```",
    "",
    ...(json === undefined ? [] : [`\`--json\`: ${cell(json).replace(/[{[](?:[^;]*[}\]])?/g, "`$&`")}`, ""]),
  ];
}

/** @param reference the tables of src/cli/*.ts */
export function cliMarkdown({ commands, common, descriptions, json, exitMeanings, variables }) {
  const groups = [...new Set(commands.map(({ group }) => group))];
  const of = (group) => commands.filter((command) => command.group === group);
  return [
    "<!-- made by npm run docs from src/cli/commands.ts; changes go there -->",
    "# Commands",
    "",
    "`npx envseal COMMAND` in a project that has envseal installed. `envseal help COMMAND` prints what is here. Data goes to stdout,",
    "all else to stderr. Commands work from any subfolder.",
    "",
    ...table(
      ["", ""],
      groups.map((group) => [
        group,
        of(group)
          .map(({ name }) => `[${name}](#${name})`)
          .join(" · "),
      ]),
    ),
    "## Every command takes",
    "",
    ...options(common),
    "With `--json` data is JSON on stdout, in the form that the command's section has (members stay, others may be added; `?` is on",
    'what is not always there), and an error is JSON on stderr: `{"error":{"code":…,"message":…,"hint":…}}`.',
    "",
    ...groups.flatMap((group) => [
      `## Commands: ${group}`,
      "",
      ...of(group).flatMap((spec) => section(spec, descriptions[spec.name], json[spec.name])),
    ]),
    "## Exit codes",
    "",
    ...table(
      ["code", ""],
      Object.entries(exitMeanings).map(([code, meaning]) => [code, cell(meaning)]),
    ),
    "`run` ends as its command ends. [Troubleshooting](../guide/troubleshooting.md) has an entry for each error.",
    "",
    "## Environment variables",
    "",
    ...table(
      ["variable", ""],
      variables.map(({ name, summary }) => [
        name
          .split(", ")
          .map((one) => `\`${one}\``)
          .join(", "),
        cell(summary),
      ]),
    ),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}
