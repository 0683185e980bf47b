// What Stryker leaves alone: text that only people read. Whatever a program acts on (codes, labels of derivations, tags) stays.
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

const FOR_PEOPLE = new Set(["message", "hint", "fix", "summary", "help"]);
const PROSE = /[a-z],? [a-z]/i;

/** @returns {string | undefined} why the node is left alone */
function shouldIgnore(path) {
  if (path.isTemplateLiteral()) return isText(path.node.quasis.map(({ value }) => value.raw).join("x"), path) ? REASON : undefined;
  if (path.isObjectExpression()) return isHint(path) ? REASON : undefined;
  return path.isStringLiteral() && isText(path.node.value, path) ? REASON : undefined;
}

/** `{ hint }` of an error: that there is one is the compiler's to see. */
function isHint(path) {
  return path.parentPath.isNewExpression() && path.node.properties.every(({ key }) => key?.name === "hint");
}

const REASON = "text that only people read";

function isText(text, path) {
  if (text.startsWith("envseal/v1")) return false;
  return PROSE.test(text) || isPartOfError(path);
}

/** An argument of an error but its code, or a field of a finding that is shown. */
function isPartOfError(path) {
  const holder = path.findParent((parent) => parent.isFunction() || parent.isNewExpression() || parent.isObjectProperty());
  if (holder?.isObjectProperty()) return FOR_PEOPLE.has(holder.node.key.name);
  return holder?.isNewExpression() === true && holder.node.callee.name === "EnvsealError" && holder.node.arguments[0] !== path.node;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "words", { shouldIgnore })];
