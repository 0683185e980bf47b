import type { Context } from "../../../context.ts";
import { inEnvironment } from "../../../core/authority/environment-option.ts";
import { isVariableName } from "../../../core/names.ts";
import type { Document } from "../../../core/vault/document.ts";
import { unsetValue } from "../../../core/vault/edit-document.ts";
import { EnvsealError } from "../../../errors.ts";
import { chosenWith } from "../../../ui/chosen-with.ts";
import { plain, say, warn } from "../../../ui/output.ts";
import { assertVariableName, editVault } from "../../../workspace/edit-vault.ts";

export async function run(context: Context): Promise<void> {
  for (const name of context.args) assertVariableName(name, isVariableName);
  let required: readonly string[] = [];
  let scope = "";
  const { target } = await editVault(context, ({ opened, target, access }) => {
    required = access.required;
    if (access.keyring !== null) scope = inEnvironment(access.keyring.manifest, access.keyring.environment);
    let document: Document = opened.document;
    for (const name of context.args) {
      const after = unsetValue(document, name);
      if (after === null)
        throw new EnvsealError("NOT_SET", `${name} is not set in ${target.listed}`, {
          hint: `envseal list${chosenWith(context)} shows the names`,
        });
      document = after;
    }
    return document;
  });
  say(context, `removed ${context.args.join(", ")} from ${target.listed}`);
  const missing = context.args.filter((name) => required.includes(name));
  if (missing.length > 0)
    warn(
      `envseal.json requires ${missing.join(", ")}: no app will start from ${plain(target.listed)} (envseal require ${missing.join(" ")} --remove${scope})`,
    );
}
