import { describe, expect, it, onTestFinished, vi } from "vitest";
import { canonicalJson, parseStrictJson, prettyJson } from "../../src/core/json.ts";

describe("strict JSON", () => {
  it.each([
    ["16 levels", `${"[".repeat(16)}1${"]".repeat(16)}`],
    ["escapes before a colon", '{"a\\"":1,"a":2}'],
    ["a string that ends with a backslash", '{"a":"\\\\","b":1}'],
    ["a colon in a string", '{"a":"b:","c":"\\":"}'],
    ["white space before a colon", '{"a" :1,"b"\n:2}'],
    ["the largest integer", "9007199254740991"],
    ["the smallest", "-9007199254740991"],
    ["short integers", "[0,-1,10,-20]"],
    ["what is no integer in a string", '["1.0","-0"]'],
    ["a pair of surrogates", '"\\ud83d\\ude00"'],
    ["empty ones", '[{},[],"",0,null,true]'],
  ])("takes %s", (_, source) => expect(parseStrictJson(source)).toEqual({ value: JSON.parse(source) }));

  it.each([
    ["17 levels", `${"[".repeat(17)}1${"]".repeat(17)}`, "it is nested too deeply"],
    ["17 levels of objects", `${'{"a":'.repeat(17)}1${"}".repeat(17)}`, "it is nested too deeply"],
    ["a member twice in a list", '[{"a":1},{"b":1,"b":2}]', "it names a member twice"],
    ["a member twice by an escape", '{"a":1,"\\u0061":2}', "it names a member twice"],
    ["a member twice, the one in the other", '{"a":{"a":1},"a":2}', "it names a member twice"],
    ["a large integer", "[9007199254740992]", "it holds a number that is no integer"],
    ["a fraction in depth", '{"a":[{"b":0.5}]}', "it holds a number that is no integer"],
    ["a fraction that is whole", "[1.0]", "it holds a number that is no integer"],
    ["a power of ten", '{"a":1e3}', "it holds a number that is no integer"],
    ["a power of ten below nothing", '{"a":-10E0}', "it holds a number that is no integer"],
    ["nothing below nothing", "[-0]", "it holds a number that is no integer"],
    ["half a pair", '["\\ud83d"]', "it holds half a surrogate pair"],
    ["nothing", "", "it is not valid JSON"],
  ])("refuses %s", (_, source, problem) => expect(parseStrictJson(source)).toEqual({ problem }));

  it("parses nothing that would become more than it can hold: the text is only looked at", () => {
    const flat = (count: number) => `[${"0,".repeat(count - 1)}0]`;
    expect(parseStrictJson(flat(2 ** 19))).toHaveProperty("value");
    const tooMany = { problem: "it holds more than 524288 members and items" };
    const parse = vi.spyOn(JSON, "parse");
    onTestFinished(() => parse.mockRestore());
    expect(parseStrictJson(flat(2 ** 19 + 1))).toEqual(tooMany);
    expect(parseStrictJson(`[${"{},".repeat(2 ** 19)}0]`)).toEqual(tooMany);
    expect(parseStrictJson(`{${'"a":0,'.repeat(2 ** 19)}"a":0}`)).toEqual(tooMany);
    for (const open of ["[", '{"a":']) expect(parseStrictJson(open.repeat(2 ** 20))).toEqual({ problem: "it is nested too deeply" });
    expect(parse).not.toHaveBeenCalled();
    // Brackets and commas of a string are none.
    expect(parseStrictJson(JSON.stringify("[,{".repeat(2 ** 20)))).toHaveProperty("value");
    expect(parseStrictJson(`"${"\\\\".repeat(2 ** 22)}"`)).toHaveProperty("value");
  });

  it("has one form for tags and one for people", () => {
    const value = { b: [1, { d: null, c: "x\n" }], a: true, B: {} };
    expect(canonicalJson(value)).toBe('{"B":{},"a":true,"b":[1,{"c":"x\\n","d":null}]}');
    expect(prettyJson(value)).toBe(
      '{\n  "B": {},\n  "a": true,\n  "b": [\n    1,\n    {\n      "c": "x\\n",\n      "d": null\n    }\n  ]\n}\n',
    );
    expect(prettyJson({ b: ["A", "B"], a: [[1, null], []], "10": 1, "9": 2 })).toBe(
      '{\n  "10": 1,\n  "9": 2,\n  "a": [\n    [1, null],\n    []\n  ],\n  "b": ["A", "B"]\n}\n',
    );
    expect([canonicalJson(null), canonicalJson("a"), canonicalJson([])]).toEqual(["null", '"a"', "[]"]);
  });
});
