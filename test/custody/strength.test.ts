import { describe, expect, it } from "vitest";
import { newPassphrase } from "../../src/custody/passphrase.ts";
import { assertHint, assertStrong } from "../../src/custody/strength.ts";

const PHRASE = "orbit velvet cactus mango quartz lantern";

describe("a chosen passphrase", () => {
  it.each([
    "",
    "hunter2",
    "letmein123",
    "correct horse battery",
    "Tr0ub4dor&3",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "qwertyuiopasdfghjkl",
    "ada-envseal-2026",
    "password".repeat(20),
    `hunter2${" \t\u2003\n".repeat(10)}`,
    `${" \t\u2003\n".repeat(10)}hunter2`,
    // Each sign of no pattern counts ten guesses: 13.
    "zK7#qW9!bX4$v",
  ])("is refused where it would be found: %s", (weak) => {
    expect(() => assertStrong(weak, ["ada", "envseal"])).toThrow(expect.objectContaining({ code: "WEAK_PASSPHRASE" }));
  });

  it.each([PHRASE, "zK7#qW9!bX4$vR", "dG7#pq!vL29z_Kw", newPassphrase(), "x".repeat(2) + newPassphrase().repeat(20)])(
    "is accepted where it would not be",
    (strong) => {
      assertStrong(strong, ["ada", "envseal"]);
    },
  );

  it("never has its text in the error", () => {
    expect(() => assertStrong("sup3rs3cret", [])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("sup3r"), hint: expect.not.stringContaining("sup3r") }),
    );
  });

  it("is refused with what to do instead", () => {
    expect(() => assertStrong("hunter2", [])).toThrow(expect.objectContaining({ hint: expect.stringContaining("12 generated words") }));
  });
});

describe("the hint to a passphrase", () => {
  const SIGNS = "#$%!@^&*()_+{}|:<>?~";
  const SHORT = "the fox ran far out by noon tide";

  it.each([
    ["is it", PHRASE, PHRASE],
    ["is it in capitals, with other signs", "ORBIT...VELVET", PHRASE],
    ["is it, spelt out", "o-r-b-i-t", PHRASE],
    ["is it, in full-width letters", "\uff4f\uff52\uff42\uff49\uff54", PHRASE],
    ["holds a word of it", "starts with orbit", PHRASE],
    ["holds a word of it, spelt out", "say o-r-b-i-t and go on", PHRASE],
    ["holds its last word", "the lantern one", PHRASE],
    ["holds a word of four letters", "high tide", SHORT],
    ["holds all of it, which has short words alone", "at noon: AxBy7Qz, twice", "Ax By 7Qz"],
    ["is a part across its words", "bitvelvetcac", PHRASE],
    ["is a part that holds no whole word", "vetcac", PHRASE],
    ["is a part of four letters", "tvel", PHRASE],
    ["is it, of signs alone", SIGNS, SIGNS],
    ["holds it, of signs alone", `on the paper: ${SIGNS}`, SIGNS],
    ["holds it, of signs with spaces between", `it is ${[...SIGNS].join(" ")}!`, SIGNS],
    ["is a part of it, of four signs", "@^&*", SIGNS],
  ])("is refused where it %s", (_, hint, passphrase) => {
    expect(() => assertHint(hint, passphrase)).toThrow(
      expect.objectContaining({ code: "WEAK_PASSPHRASE", hint: expect.stringContaining("where the passphrase is kept") }),
    );
  });

  it.each([
    ["says where it is kept", "in the blue book", PHRASE],
    ["is empty", "", PHRASE],
    ["is a part of two letters", "an", PHRASE],
    ["is a part of three letters", "bit", PHRASE],
    ["holds words that are too short to tell", "the place by the door, far out", SHORT],
    ["says where one of signs alone is kept", "in the blue book!", SIGNS],
    ["is three signs of one of signs alone", "#$%", SIGNS],
  ])("may be one that %s", (_, hint, passphrase) => assertHint(hint, passphrase));
});
