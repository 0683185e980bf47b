import { join } from "node:path";
import type { PinRecord } from "../age/unlock.ts";
import { parseStrictJson } from "../core/json.ts";
import { list, object, record, text } from "../core/shape.ts";
import { EnvsealError } from "../errors.ts";
import { stateFolder } from "./folders.ts";
import { readText } from "./read.ts";

export type Pins = Record<string, PinRecord>;

/** 16 bytes have one text: what is none is a damaged file, and not the absence of a pin. */
const pin = text(/^[A-Za-z0-9_-]{21}[AQgw]$/, "a pin");
const shape = record(text(/^[a-z0-9-]{1,32}$/, "an environment"), object({ pin, verified: list(pin) }));

export function pinsPath(env: NodeJS.ProcessEnv, project: string): string | null {
  const folder = stateFolder(env);
  return folder === null ? null : join(folder, "pins", `${project}.json`);
}

/** Empty where nothing was remembered or there is no home. @throws PIN_MISMATCH for a damaged file: it proves nothing */
export function readPins(env: NodeJS.ProcessEnv, project: string): Pins {
  const path = pinsPath(env, project);
  const source = path === null ? null : readText(path, 1 << 20, "PIN_MISMATCH");
  if (source === null) return Object.create(null) as Pins;
  const parsed = parseStrictJson(source);
  const problem = "problem" in parsed ? parsed.problem : shape(parsed.value, "it");
  if (problem !== null || "problem" in parsed) {
    throw new EnvsealError("PIN_MISMATCH", `the pins at ${path} cannot be read: ${problem}`, {
      hint: "ask a teammate for their pin (envseal status): if it begins with the ID that envseal status shows here, delete the file",
    });
  }
  return Object.assign(Object.create(null), parsed.value) as Pins;
}
