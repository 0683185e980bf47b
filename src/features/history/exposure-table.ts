import { typeable } from "../../ui/command-prefix.ts";
import { code } from "../../ui/diff-markdown.ts";
import { fitting } from "../../ui/fitting.ts";
import { count, paint, plain } from "../../ui/output.ts";
import { wrapped } from "../../ui/wrap.ts";
import type { Exposed } from "./exposure.ts";
import type { Version } from "./versions.ts";

interface Report {
  environment: string;
  who: string;
  current: boolean;
  secrets: number;
  values: readonly (Exposed & { file: string; sinceVersion: number | null; exposedVersion: number | null })[];
  unjudged: readonly { name: string; problem: string; file: string }[];
  notCompared: readonly string[];
  cut: boolean;
}

/** The list to work through at the providers, for a terminal. */
export function exposureText(report: Report, stream = process.stdout as NodeJS.WriteStream): string {
  const { environment, who, values, secrets, unjudged } = report;
  const lines = [`${paint("bold", plain(environment), process.stdout)}: ${headline(report)}`];
  if (values.length > 0) {
    const rows = values.map((value) => [
      `  ${value.name}`,
      plain(value.file),
      keyOf(value, environment),
      when(value.firstSeen),
      when(value.lastChanged),
    ]);
    lines.push("", fitting([["  VARIABLE", "FILE", "KNOWN BY", "FIRST SEEN", "LAST CHANGED"], ...rows], stream));
    const next = `change these at their providers, then: ${setting(report)}; a new value takes it off this list`;
    lines.push("", wrapped(typeable(next), stream));
  }
  for (const { name, file, problem } of unjudged) lines.push(`  ${plain(file)}: ${name} could not be judged (${problem})`);
  if (values.length === 0 && unjudged.length === 0 && secrets > 0 && !report.current)
    lines.push(`  ${plain(who)} opens nothing that is a value of today`);
  if (report.notCompared.length > 0) lines.push(`  ${notCompared(report)}`);
  if (report.cut) lines.push("  history is not here to its beginning: values that were in use before may be missing from this list");
  return lines.join("\n");
}

/** A file in a folder is not what -e chooses from another folder. */
function setting({ environment, values }: Report): string {
  return `envseal set NAME ${values.some(({ file }) => file.includes("/")) ? "-f FILE" : `-e ${environment}`}`;
}

/** The key version it is known by, and whose that is, where it is another environment's. */
function keyOf({ exposedIn, exposedVersion }: Report["values"][number], environment: string): string {
  const version = `v${exposedVersion ?? "?"}`;
  return exposedIn === environment ? version : `${plain(exposedIn)} ${version}`;
}

function notCompared(report: Report): string {
  return `not compared, since no key at hand opens them all: earlier values of ${report.notCompared.map(plain).join(", ")}`;
}

function headline({ who, current, values, secrets }: Report): string {
  // With the active key, all of them are, whether or not a key at hand lists them.
  const known = current ? secrets : values.length;
  const verb = known === 1 || secrets === 1 ? "is" : "are";
  const now = current ? ", who still holds the active key" : "";
  const unlisted = known > values.length ? `; ${known - values.length} could not be listed` : "";
  return `${known} of ${count(secrets, "secret")} ${verb} known to whoever holds ${holding(who)}${now}${unlisted}`;
}

/** A key by its version, or that of a person or a machine. */
function holding(who: string): string {
  return /^v\d+ \(/.test(who) ? plain(who) : `${plain(who)}'s key`;
}

function when(version: Version | undefined): string {
  return version === undefined ? "not committed" : `${version.date.slice(0, 10)} ${version.commit.slice(0, 7)}`;
}

/** The same as a checklist for an issue or a pull request. */
export function exposureMarkdown(report: Report): string {
  const { environment, values, unjudged } = report;
  const lines = [`### Secrets to change: ${environment}`, "", `${headline(report).replace(/[\\`*_<>[\]|@]/g, "\\$&")}.`];
  for (const file of new Set(values.map((value) => value.file))) {
    lines.push("", `**${code(file)}**`, "");
    for (const value of values.filter((value) => value.file === file))
      lines.push(
        `- [ ] \`${value.name}\`: known by ${keyOf(value, environment)}, first seen ${when(value.firstSeen)}, last changed ${when(value.lastChanged)}`,
      );
  }
  for (const { name, file, problem } of unjudged) lines.push("", `- [ ] \`${name}\` in ${code(file)} could not be judged (${problem})`);
  if (report.notCompared.length > 0) lines.push("", `${notCompared(report)}.`);
  if (values.length > 0) lines.push("", `Change each at its provider, then \`${setting(report)}\`.`);
  return lines.join("\n");
}

export function exposureJson({ values, ...report }: Report) {
  const point = (version: Version | undefined) =>
    version === undefined ? null : { commit: version.commit, date: version.date, author: version.author };
  return {
    ...report,
    values: values.map(({ firstSeen, lastChanged, ...value }) => ({
      ...value,
      firstSeen: point(firstSeen),
      lastChanged: point(lastChanged),
    })),
  };
}
