import type { Context } from "../../../context.ts";
import { inEnvironment } from "../../../core/authority/environment-option.ts";
import { fromUtf8 } from "../../../core/bytes.ts";
import { MAX_LINE_BYTES } from "../../../core/limits.ts";
import { isVariableName } from "../../../core/names.ts";
import { setValue } from "../../../core/vault/edit-document.ts";
import { EnvsealError } from "../../../errors.ts";
import { chosenWith } from "../../../ui/chosen-with.ts";
import { say } from "../../../ui/output.ts";
import { hidden } from "../../../ui/prompt.ts";
import { assertVariableName, editVault } from "../../../workspace/edit-vault.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openToWrite, writableKeyring } from "../../../workspace/vaults.ts";

/** `set NAME` reads a hidden prompt or stdin; `set NAME=VALUE` is for public names only: argv is no place for a secret. */
export async function run(context: Context): Promise<void> {
  const [argument = ""] = context.args;
  const equals = argument.indexOf("=");
  const name = equals === -1 ? argument : argument.slice(0, equals);
  assertVariableName(name, isVariableName);
  if (equals === -1 && process.stdin.isTTY) refuseUnlessOpen(context);
  const line = `envseal set ${name}${chosenWith(context)}`;
  const given = equals === -1 ? await readValue(name, line) : fromArgument(name, argument.slice(equals + 1), line);
  const { changed, target } = await editVault(context, ({ opened, access }) => {
    const keyring = writableKeyring(access, context);
    if (equals !== -1 && !keyring.isPublic(name)) throw valueInArgv(name, line, inEnvironment(keyring.manifest, keyring.environment));
    return opened.assignments.get(name)?.value === given ? null : setValue(opened.document, name, given);
  });
  say(context, changed ? `set ${name} in ${target.listed}` : `${name} already had this value`);
}

/** Nobody types a secret into a prompt only to hear that it cannot be sealed. @throws what opening throws */
function refuseUnlessOpen(context: Context): void {
  const project = openProject(context);
  writableKeyring(openToWrite(project, selectTarget(project, context), context).access, context);
}

function valueInArgv(name: string, line: string, scope: string): EnvsealError {
  return new EnvsealError(
    "USAGE",
    `the value of ${name} stood on the command line, where other users and the shell's history can see it; it was not set`,
    {
      hint: `use the hidden prompt (${line}) or stdin (printf %s "$VALUE" | ${line}); if this was the real secret, change it; only public names may be set like this (envseal public ${name}${scope})`,
    },
  );
}

/** Node puts U+FFFD in the place of what is not UTF-8. */
function fromArgument(name: string, value: string, line: string): string {
  if (value.includes("\uFFFD")) throw notUtf8(name, `is the terminal's encoding another? or pipe it in: printf %s "$VALUE" | ${line}`);
  return value;
}

function notUtf8(name: string, hint: string): EnvsealError {
  return new EnvsealError("BAD_VALUE", `the value of ${name} is not valid UTF-8`, { hint });
}

async function readValue(name: string, line: string): Promise<string> {
  if (process.stdin.isTTY) return hidden(`value of ${name}`, `pipe it in: printf %s "$VALUE" | ${line}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > MAX_LINE_BYTES)
      throw new EnvsealError("BAD_VALUE", `the value of ${name} is larger than 2 MiB`, { hint: "keep data of that size elsewhere" });
    chunks.push(chunk as Buffer);
  }
  // An empty value is easily a program before the pipe that failed.
  if (size === 0)
    throw new EnvsealError("BAD_VALUE", `nothing came through stdin as the value of ${name}`, {
      hint: `what should have written it? if it is to be empty: echo | ${line}`,
    });
  const text = fromUtf8(Buffer.concat(chunks));
  if (text === null) throw notUtf8(name, "encode it, for example as base64");
  if (text.startsWith("\uFEFF"))
    throw new EnvsealError(
      "BAD_VALUE",
      `what came as the value of ${name} starts with a byte order mark, which a program would take for a part of it`,
      {
        hint: "save the file as UTF-8 without BOM; in PowerShell: $OutputEncoding = [Text.UTF8Encoding]::new($false)",
      },
    );
  return text.replace(/\r?\n$/, "");
}
