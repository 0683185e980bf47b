import { AUTHORITY } from "./authority.ts";
import { FILES } from "./files.ts";
import { HOSTILE } from "./hostile.ts";
import { AGAINST_PEERS } from "./peers.ts";
import { PEOPLE } from "./people.ts";
import { REMAINS } from "./remains.ts";
import type { Row, Section } from "./row.ts";

export const SECTIONS: readonly Section[] = [AGAINST_PEERS, FILES, AUTHORITY, PEOPLE, HOSTILE, REMAINS];

export const rowsOf = (sections: readonly Section[]): Row[] => sections.flatMap(({ rows }) => rows);

/** Every test that a row names, its peers' too. */
export const testsOf = ({ tests, peers = [] }: Row): string[] => [...tests, ...peers.map(({ test }) => test)];

/** docs/project/security-tests.md. */
export function securityTests(): string {
  const head = `# Security tests

What envseal does under each attack that we know of, and what others do. Every row is carried out by the tests it names, with the built
program and real git; the tools of others run beside it in the same run. \`npm run security-tests\` writes this file after a run in which
every one of these tests passed, the others' included; a test holds it to the table in \`test/attack/table\`. What is promised, and what
not, is in [threat model](../explanation/threat-model.md).
`;
  return `${head}${SECTIONS.map(sectionText).join("")}`;
}

function sectionText({ title, about, rows }: Section): string {
  const others = rows.some(({ peers }) => peers !== undefined);
  const head = others
    ? "| | attack | others | envseal | tests |\n|---|---|---|---|---|"
    : "| | attack | envseal | tests |\n|---|---|---|---|";
  return `\n## ${title}\n\n${about}\n\n${head}\n${rows.map((row) => rowText(row, others)).join("\n")}\n`;
}

function rowText(row: Row, others: boolean): string {
  const peers = (row.peers ?? []).map(({ tool, does }) => `${tool}: ${does}`).join("; ");
  const files = [...new Set(testsOf(row).map((test) => test.split("#")[0] as string))];
  const tests = files.map((file) => `${file.replace(/^(attack|e2e)\//, "").replace(".test.ts", "")} (${countIn(row, file)})`).join(", ");
  return `| ${[row.id, row.attack, ...(others ? [peers] : []), row.does, tests].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const countIn = (row: Row, file: string) => testsOf(row).filter((test) => test.startsWith(`${file}#`)).length;
