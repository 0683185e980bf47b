import { pathToFileURL } from "node:url";
import type { Context } from "../context.ts";
import { blocks, type Finding, RULES, type RuleId } from "../guard/finding.ts";
import { printableJson, printableLines } from "../printable.ts";
import { typeable } from "./command-prefix.ts";
import { chosenFormat } from "./format.ts";
import { json, line, out, paint, plain } from "./output.ts";
import { wrapped } from "./wrap.ts";

/** package.json's, put in by scripts/build.mjs. */
declare const ENVSEAL_VERSION: string;

const FINDING_FORMATS = ["text", "json", "sarif", "github"] as const;
export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** @throws USAGE */
export function findingFormat(context: Context): FindingFormat {
  return chosenFormat(context, FINDING_FORMATS);
}

/** Prints what a guard found. People get the text, code scanning SARIF 2.1.0, GitHub's log annotations. */
export function printFindings(findings: readonly Finding[], format: FindingFormat): void {
  if (format === "json") return json({ findings });
  if (format === "sarif") return out(sarifText(findings));
  for (const finding of findings) line(format === "github" ? annotation(finding) : text(finding));
}

function text(finding: Finding): string {
  const word = blocks(finding) ? paint("red", "finding", process.stdout) : paint("yellow", "warning", process.stdout);
  const commit = finding.commit === undefined ? "" : ` (commit ${finding.commit.slice(0, 10)})`;
  return wrapped(`${word} ${plain(finding.message)}${commit} [${finding.rule}]\n  fix: ${typeable(plain(finding.fix))}`, process.stdout, 2);
}

/** GitHub's workflow commands: `%`, CR and LF are escaped, in properties `:` and `,` too. */
function annotation(finding: Finding): string {
  const data = (value: string) => printableLines(value).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (value: string) => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
  const place = `file=${property(finding.path)}${finding.line === undefined ? "" : `,line=${finding.line}`}`;
  return `::${blocks(finding) ? "error" : "warning"} ${place},title=${property(`envseal: ${finding.rule}`)}::${data(`${finding.message}; ${finding.fix}`)}`;
}

export function sarifText(findings: readonly Finding[]): string {
  return printableJson(`${JSON.stringify(sarif(findings), null, 2)}\n`);
}

/** OASIS SARIF 2.1.0, as GitHub's code scanning takes it. */
function sarif(findings: readonly Finding[]): unknown {
  const ids = Object.keys(RULES) as RuleId[];
  const rules = ids.map((id) => ({ id, shortDescription: { text: RULES[id].summary }, help: { text: RULES[id].help } }));
  const results = findings.map(({ rule, path, line: at, message, fix, ...rest }) => ({
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: blocks({ rule, path, message, fix, ...rest }) ? "error" : "warning",
    message: { text: `${message}. ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: relativeUri(path), uriBaseId: "%SRCROOT%" },
          region: { startLine: at ?? 1 },
        },
      },
    ],
  }));
  const driver = { name: "envseal", version: ENVSEAL_VERSION, informationUri: "https://www.npmjs.com/package/envseal", rules };
  return { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [{ tool: { driver }, results }] };
}

function relativeUri(path: string): string {
  const url = pathToFileURL(`/${path}`).pathname;
  return url.slice(1);
}
