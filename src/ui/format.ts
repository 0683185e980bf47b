import { type Context, textFlag } from "../context.ts";
import { EnvsealError } from "../errors.ts";

/** --format, or what --json says, or text. @param formats `text` and `json` among them @throws USAGE */
export function chosenFormat<T extends string>(context: Context, formats: readonly T[]): T {
  const asked = textFlag(context, "format") ?? (context.json ? "json" : "text");
  const format = formats.find((known) => known === asked);
  if (format !== undefined) return format;
  throw new EnvsealError("USAGE", "there is no such format", { hint: `--format takes ${formats.join(", ")}` });
}
