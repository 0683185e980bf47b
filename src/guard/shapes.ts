import { entropyOf, isRandom } from "./random.ts";

/** Shapes that no secret has, whatever its name: mail addresses, hosts with their ports, paths; and what stands for a value. */

/** Words of 8 letters or more: shorter ones are not searched anyway. */
const COMMON =
  /^(undefined|production|development|localhost|password|changeme|change-me|placeholder|disabled|postgres|postgresql|username|database|anonymous|administrator)$/i;
/** What stands in templates where a value belongs. */
const PLACEHOLDER =
  /^(<.*>|\$\{.*\}|\{\{.*\}\}|x{4,}|(your|my|some|the|insert|enter|replace|put)[-_ ].*(here|keys?|secret|token|password|value|id)|.*[-_ ]here)$/i;

const LABEL = "[a-z0-9-]+";
const HOST = new RegExp(`^[*.]*(${LABEL}\\.)+[a-z]{2,}(:\\d+)?$`, "i");
/** An address of numbers, with a port or the size of a network. */
const ADDRESS = /^((\d{1,3}\.){3}\d{1,3}|\[[\da-f:]+\]|[\da-f]{0,4}:[\da-f:]*:[\da-f]{0,4})(:\d{1,5}|\/\d{1,3})?$/i;
/** `redis-node1:6379`. */
const NAME_AND_PORT = /^([a-z][a-z0-9_-]*):\d{2,5}$/i;
/** What a cloud calls its things. */
const ARN = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w/.:*-]+$/;
const MAIL = new RegExp(`^(?:[^<>@]*<)?([^\\s@<>"':/]+)@(?:${LABEL}\\.)+[a-z]{2,}>?$`, "i");
/** Of a list that anyone would write. */
const LONGEST = 4096;
/** Small letters, capitals and digits: a name in a path seldom has so many of all three. */
const MIXED = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{16,}$/;

/** True for words that anyone would guess, for what is to be filled in, and for one character over and over. */
export function standsForNothing(value: string): boolean {
  return COMMON.test(value) || PLACEHOLDER.test(value) || /^(.)\1*$/.test(value);
}

/** Hosts and mail addresses, one or several, and a path. */
export function isAddressOrPath(value: string): boolean {
  if (value.length > LONGEST) return false;
  return isPath(value) || ARN.test(value) || value.split(/[,;]\s*/).every((item) => isHost(item) || isMail(item));
}

function isHost(item: string): boolean {
  if (HOST.test(item) || ADDRESS.test(item)) return true;
  const name = NAME_AND_PORT.exec(item)?.[1];
  return name !== undefined && !isRandom(name);
}

/** One whose first part is random lets in whoever knows it. */
function isMail(item: string): boolean {
  const person = MAIL.exec(item)?.[1];
  return person !== undefined && !isRandom(person);
}

function isPath(value: string): boolean {
  return /^(\.{0,2}|~|[A-Za-z]:)[\\/][\w.\-\\/ ]*$/.test(value) && !isBase64(value);
}

/** One key of base64 in 64 begins as a path does. */
function isBase64(value: string): boolean {
  return /^[a-z\d/]+$/i.test(value) && value.split("/").some((part) => MIXED.test(part) && entropyOf(part) >= 3.5);
}
