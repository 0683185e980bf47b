import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextParts } from "../../../src/guard/views/text-parts.ts";
import { runs } from "../../support/arbitraries.ts";

/** Bytes that repeat the same way each time, and look like ciphertext. */
const noise = (length: number) =>
  Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, index) => createHash("sha256").update(`${index}`).digest())).subarray(
    0,
    length,
  );

describe("the parts of bytes that can be text", () => {
  it("are found wherever they are, with their place", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.stringMatching(/^[ -~]{8,40}$/),
        fc.uint8Array({ maxLength: 60 }),
        (before, text, after) => {
          const bytes = Buffer.concat([before, Buffer.from(text), after]);
          const parts = new TextParts(bytes);
          const at = parts.text.indexOf(text);
          expect(at).toBeGreaterThanOrEqual(0);
          for (let index = 0; index < text.length; index++) expect(bytes[parts.source(at + index)]).toBe(parts.text[at + index]);
        },
      ),
      runs(200),
    );
  });

  it("keep a text in UTF-16, its line ends and its letters beyond ASCII in one piece", () => {
    for (const text of [Buffer.from("key=%41BC\r\n\tmore", "utf16le"), Buffer.from("Schl\u00fcssel=\u00e4%41\nmore words")]) {
      const parts = new TextParts(Buffer.concat([noise(64), Buffer.from([1]), text, Buffer.from([1]), noise(64)]));
      expect(parts.text.includes(text)).toBe(true);
    }
  });

  it("are next to nothing of ciphertext, whatever its size", () => {
    expect(new TextParts(noise(1 << 20)).text.length).toBeLessThan(1 << 15);
    expect(new TextParts(Buffer.alloc(0)).text.length).toBe(0);
  });
});
