import { EnvsealError } from "../errors.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { exposureJson, exposureMarkdown, exposureText } from "../ui/exposure.ts";
import { chosenFormat } from "../ui/format.ts";
import { json, line, say } from "../ui/output.ts";
import {
  type ExposureReport,
  exposureOf,
  type Holder,
  holderOfCompromised,
  holderOfRecipient,
  holderOfVersion,
} from "../workspace/exposure.ts";
import { openProject, type Project } from "../workspace/project.ts";

const FORMATS = ["text", "json", "markdown"] as const;

/** Which secrets somebody else may know, because their value has not changed since: the list to change at the providers. */
export async function run(context: Context): Promise<number> {
  const format = chosenFormat(context, FORMATS);
  const project = openProject(context);
  const reports: ExposureReport[] = [];
  for (const { environment, holder } of await holders(project, context))
    reports.push(await exposureOf(project, environment, holder, context));
  if (format === "json") json(reports.map(exposureJson));
  else if (format === "markdown") line(reports.map(exposureMarkdown).join("\n\n"));
  else if (reports.length > 0) line(reports.map(exposureText).join("\n\n"));
  if (reports.length === 0) say(context, nothing(context));
  const found = reports.some(({ values, unjudged }) => values.length + unjudged.length > 0);
  return found && context.flags["exit-code"] === true ? 1 : 0;
}

async function holders(project: Project, context: Context): Promise<{ environment: string; holder: Holder }[]> {
  const [since, recipient] = [textFlag(context, "since-key"), textFlag(context, "recipient")];
  if ([since !== undefined, recipient !== undefined, context.flags.compromised === true].filter(Boolean).length > 1)
    throw new EnvsealError("USAGE", "exposure takes one of --since-key, --recipient and --compromised", { hint: "envseal help exposure" });
  const all = Object.keys(project.manifest.environments).sort();
  if (since !== undefined && context.environment === undefined && all.length > 1)
    throw new EnvsealError("USAGE", "a key version is of one environment", { hint: "choose it with -e NAME" });
  const environments = context.environment === undefined ? all : [context.environment];
  const found: { environment: string; holder: Holder }[] = [];
  for (const environment of environments) {
    const holder =
      since !== undefined
        ? holderOfVersion(project, environment, since)
        : recipient !== undefined
          ? await holderOfRecipient(project, environment, recipient)
          : holderOfCompromised(project, environment);
    if (holder !== null) found.push({ environment, holder });
  }
  return found;
}

function nothing(context: Context): string {
  const recipient = textFlag(context, "recipient");
  return recipient === undefined ? "no key is compromised or suspended" : `${recipient} never had access`;
}
