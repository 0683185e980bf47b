import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutAttributes } from "../../src/guard/tags.ts";
import { runs } from "../support/arbitraries.ts";

/** Of 400 bytes at most. */
const TAG = /^<[a-z/][^<>]{0,397}>/i;

/** From the first letter to the last, one after the other: tags are left out, and nine letters or what is no tag end a stretch. */
function stretches(text: string) {
  const found: { start: number; words: number; text: string; hasAttributes: boolean }[] = [];
  let now = { start: 0, words: 0, text: "", hasAttributes: false };
  let letters = 0;
  const end = (at: number) => {
    found.push(now);
    now = { start: at, words: 0, text: "", hasAttributes: false };
    letters = 0;
  };
  const endWord = () => {
    if (letters >= 3) now.words++;
    letters = 0;
  };
  for (let at = 0; at < text.length; ) {
    const letter = text[at] as string;
    if (/[a-z]/i.test(letter)) {
      now.text += letter;
      at++;
      if (++letters === 9) end(at);
      continue;
    }
    endWord();
    const tag = TAG.exec(text.slice(at))?.[0];
    now.text += tag === undefined ? letter : tag.replace(/\s.*/s, ">");
    now.hasAttributes ||= tag !== undefined && /\s/.test(tag);
    at += (tag ?? letter).length;
    if (tag === undefined && /^<[a-z/]/i.test(text.slice(at - 1))) end(at);
  }
  endWord();
  end(text.length);
  return found;
}

const found = (text: string, count: number) =>
  [...withoutAttributes(Buffer.from(text, "latin1"), count)].map((bare) => ({ start: bare.source(0), text: bare.text.toString("latin1") }));

const pieces = fc.oneof(
  fc.constantFrom("<", "</", ">", "<a", "<li>", "</li>", '<li class="x y">', "<p\n>", "< b>", "<!-- -->", "<é >", "<1 >", "<a>b>c<d e>"),
  fc.constantFrom(" ", "\n", "-", "1", "a", "of", "abandon", "exactly8", "eightlet", "ninelette", "seventeenletterss", "LEGAL"),
  fc.integer({ min: 380, max: 400 }).map((length) => `<a ${"=".repeat(length)}>`),
);

describe("the parts of a text whose tags say their names alone", () => {
  it("are those that a walk from its start to its end comes by", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.integer({ min: 0, max: 4 }), (parts, count) => {
        const text = `${parts.join("")}</`;
        const expected = stretches(text).filter(({ hasAttributes, words }) => hasAttributes && words >= count);
        expect(found(text, count)).toEqual(expected.map(({ start, text: said }) => ({ start, text: said })));
      }),
      runs(2000),
    );
  });
});
