import { type Context, textFlag } from "../../../context.ts";
import { environmentNames, environmentOf } from "../../../core/authority/authority-of.ts";
import { EnvsealError } from "../../../errors.ts";
import { chosenFormat } from "../../../ui/format.ts";
import { json, line, say } from "../../../ui/output.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { exposureOf, type Holder, holderOfCompromised, holderOfVersion, holdersOfRecipient } from "../exposure-report.ts";
import { exposureJson, exposureMarkdown, exposureText } from "../exposure-table.ts";

const FORMATS = ["text", "json", "markdown"] as const;

/** Which secrets somebody else may know, because their value has not changed since: the list to change at the providers. */
export async function run(context: Context): Promise<number> {
  const format = chosenFormat(context, FORMATS);
  const project = openProject(context);
  const { environments, holders } = await asked(project, context);
  const reports = await exposureOf(project, environments, holders, context);
  if (format === "json") json(reports.map(exposureJson));
  else if (format === "markdown") line(reports.map(exposureMarkdown).join("\n\n"));
  else if (reports.length > 0) line(reports.map((report) => exposureText(report)).join("\n\n"));
  if (reports.length === 0) say(context, nothing(context));
  const found = reports.some(({ values, unjudged }) => values.length + unjudged.length > 0);
  return found && context.flags["exit-code"] === true ? 1 : 0;
}

/** Whose keys are meant, by environment, and whose values are asked about. */
async function asked(project: Project, context: Context): Promise<{ environments: string[]; holders: Map<string, Holder> }> {
  const [since, recipient] = [textFlag(context, "since-key"), textFlag(context, "recipient")];
  if ([since !== undefined, recipient !== undefined, context.flags.compromised === true].filter(Boolean).length > 1)
    throw new EnvsealError("USAGE", "exposure takes one of --since-key, --recipient and --compromised", { hint: "envseal help exposure" });
  const all = environmentNames(project.manifest);
  if (since !== undefined && context.environment === undefined && all.length > 1)
    throw new EnvsealError("USAGE", "a key version is of one environment", { hint: "choose it with -e NAME" });
  if (context.environment !== undefined) environmentOf(project.manifest, context.environment);
  const environments = context.environment === undefined ? all : [context.environment];
  if (since !== undefined) {
    const environment = environments[0] ?? "default";
    // The values of that key may be those of another environment too.
    const rest = all.filter((other) => other !== environment);
    return { environments: [environment, ...rest], holders: new Map([[environment, holderOfVersion(project, environment, since)]]) };
  }
  if (recipient !== undefined) return { environments, holders: await holdersOfRecipient(project, recipient) };
  const compromised = all.map((environment) => [environment, holderOfCompromised(project, environment)] as const);
  return { environments, holders: new Map(compromised.flatMap(([name, holder]) => (holder === null ? [] : [[name, holder]]))) };
}

function nothing(context: Context): string {
  const recipient = textFlag(context, "recipient");
  if (recipient !== undefined) return `${recipient} never had access`;
  return "no key is compromised or suspended; for what somebody knows who had access: envseal exposure --recipient NAME";
}
