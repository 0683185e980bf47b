import { describe, expect, it } from "vitest";
import { parseRule, type SopsRule } from "../../../../src/features/migrate/formats/sops-rule.ts";

const rule = (kind: string, text: string): SopsRule => parseRule(new Map([[kind, text]]), "x.env");
const asked = (text: string, name: string): boolean => rule("encrypted_regex", text).encrypted({ name, text: "" });
const refused = expect.objectContaining({ code: "UNSUPPORTED_FORMAT", hint: expect.any(String) });

describe("regular expressions of SOPS", () => {
  it.each([
    ["^(API_KEY|TOKEN)$", "TOKEN", "TOKENS"],
    ["KEY", "API_KEY_2", "api_key"],
    ["(?i)key$", "Api_Key", "KEYS"],
    ["(?i:pass)word", "PASSword", "PASSWORD"],
    ["\\A[[:upper:]]+\\z", "TOKEN", "TOKEN_"],
    ["^\\p{Greek}", "\u03a9", "O"],
    ["^(?P<start>A)B", "AB", "B"],
    ["^\\QA.B\\E$", "A.B", "AxB"],
    ["^\\d$", "1", "\u0661"],
  ])("reads %s as Go does", (text, yes, no) => {
    expect([asked(text, yes), asked(text, no)]).toEqual([true, false]);
  });

  it.each([
    ["a look ahead", "^(?=A)"],
    ["a reference to a group", "^(A)\\1"],
    ["a group that is not closed", "(A"],
    ["more repetitions than Go takes", "A{1001}"],
    ["repetitions of repetitions", "((A{100}){100}){100}"],
    ["a long one", `^${"A".repeat(1000)}`],
  ])("refuses %s", (_, text) => {
    expect(() => asked(text, "A")).toThrowError(refused);
  });

  it.each(["^(a+)+$", "^(a|aa)+$", "^(.*a){30}$", "(a*)*b"])("does not go back and forth for %s", (text) => {
    expect(asked(text, `${"a".repeat(500)}!`)).toBe(false);
  });

  it("refuses a file that asks for too much by many names, and takes thousands of usual ones", () => {
    const heavy = rule("encrypted_regex", "((a{0,30}){0,30})$");
    expect(() => {
      for (let index = 0; index < 1000; index++) heavy.encrypted({ name: "a".repeat(500), text: "" });
    }).toThrowError(refused);
    const usual = rule("encrypted_regex", "(?i)(secret|password|passwd|token|private|credential|_key$|^aws_|dsn|webhook)");
    for (let index = 0; index < 3000; index++) expect(usual.encrypted({ name: `SERVICE_${index}_PASSWORD`, text: "" })).toBe(true);
  });
});

describe("rules about comments", () => {
  const items = [
    ["first", null],
    ["enc from here", null],
    ["more", null],
    ["", "A"],
    ["", "B"],
    ["enc", null],
    ["", "C"],
  ] as const;
  const answers = (kind: string) => {
    const { encrypted } = rule(kind, "^enc");
    return items.map(([text, name]) => encrypted({ name, text }));
  };
  it("goes by the comments right above a value; the one that seals is not sealed, the one that opens is open", () => {
    expect(answers("encrypted_comment_regex")).toEqual([false, false, true, true, false, false, true]);
    expect(answers("unencrypted_comment_regex")).toEqual([true, false, false, false, true, false, false]);
  });

  it("looks at each comment once, however many there are", () => {
    const { encrypted } = rule("encrypted_comment_regex", "^enc");
    for (let index = 0; index < 100_000; index++) expect(encrypted({ name: null, text: "no" })).toBe(false);
    expect(encrypted({ name: "A", text: "" })).toBe(false);
  });
});
