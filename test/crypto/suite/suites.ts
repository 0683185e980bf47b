import * as node from "../../../src/crypto/node.ts";
import * as portable from "../../../src/crypto/portable.ts";
import type { CryptoSuite } from "../../../src/crypto/suite.ts";

export const suites: [string, CryptoSuite][] = [
  ["node", node],
  ["portable", portable],
];

export const unhex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
export const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));
export const ascii = (text: string) => new Uint8Array(Buffer.from(text));
export const times = (byte: string, count: number) => unhex(byte.repeat(count));
export const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const none = new Uint8Array(0);
