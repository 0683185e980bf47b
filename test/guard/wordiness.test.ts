import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { weigh } from "../../src/guard/secret-likelihood.ts";
import { isRandomLetters, isWordy } from "../../src/guard/wordiness.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const ALL = `${LOWER}${LOWER.toUpperCase()}0123456789`;
/** The same on each run. */
const random = (letters: string, length: number, seed: number) =>
  [...createHash("sha512").update(`${letters}${length}${seed}`).digest()]
    .slice(0, length)
    .map((byte) => letters[byte % letters.length])
    .join("");
/** How many of 2,000 random texts are taken for what they are. */
const share = (is: (seed: number) => boolean) => Array.from({ length: 2000 }, (_, seed) => is(seed)).filter(Boolean).length;

describe("text that people wrote", () => {
  it.each([
    "text-embedding-3-small",
    "gpt-4o-2024-05-13",
    "claude-3-5-sonnet-20241022",
    "anthropic.claude-3-haiku-20240307-v1",
    "my-app-assets-eu-1",
    "devstoreaccount1",
    "test_Password123",
    "storefront_session_v2",
    "camelCaseIdentifierOfSomething",
    "getHTTPSUrlOfWorkspace",
    "SCREAMING_SNAKE_CASE_2",
    "Hello, World! Welcome to the new workspace.",
    "0 errors and 12 warnings in 3 files",
    "checkout,search,reviews,two-factor",
    "exports/2024/reports",
    "openid email profile offline_access",
    "application/json; charset=utf-8",
    "Überprüfung der Größe",
    "Проверка связи",
    "sha256WithRSAEncryption",
    "storage.example.blob_uploads",
    "release-2024-05-13-hotfix",
  ])("is of words: %s", (text) => {
    expect(isWordy(text)).toBe(true);
    expect(weigh("SETTING", text)).toBeNull();
  });

  it.each([
    "Tr0ub4dor&xyz",
    "aZ3$bY9!cX7&dW5+",
    "9f86d081884c7d65",
    "7a88fb47-b4e2-43b8-a06c-a5ce950dc53a",
    "my-company-production-kZ8vQ2nX4mT7pL1w",
    `the password of the database is ${random(ALL, 20, 1)} for now`,
    `{"type":"service_account","project":"my-company","key":"${random(ALL, 24, 2)}"}`,
    "123456789012345678",
    "a1b2c3d4e5f6g7h8",
    "",
    "!!!???###",
  ])("is not this: %s", (text) => expect(isWordy(text)).toBe(false));
});

describe("what a generator made", () => {
  it("is told from words by its letters alone, the better the more there are", () => {
    const letters = `${LOWER}${LOWER.toUpperCase()}`;
    expect(share((seed) => isRandomLetters(random(LOWER, 28, seed)))).toBeGreaterThan(1990);
    expect(share((seed) => isRandomLetters(random(letters, 28, seed)))).toBeGreaterThan(1990);
    expect(share((seed) => isRandomLetters(random(letters, 16, seed)))).toBeGreaterThan(1900);
    expect(share((seed) => isRandomLetters(random(LOWER, 12, seed)))).toBeGreaterThan(1500);
  });

  it.each([
    ["letters and numbers, of 16", (seed: number) => random(ALL, 16, seed), 1850],
    ["letters and numbers, of 24", (seed: number) => random(ALL, 24, seed)],
    ["small letters and numbers, of 20", (seed: number) => random(`${LOWER}0123456789`, 20, seed)],
    ["hexadecimal, of 16", (seed: number) => random("0123456789abcdef", 16, seed), 1700],
    ["base64", (seed: number) => Buffer.from(random(ALL, 24, seed)).toString("base64")],
    ["behind words", (seed: number) => `my-company-production-${random(ALL, 20, seed)}`, 1950],
    ["in a sentence", (seed: number) => `for now the password is ${random(ALL, 16, seed)} as agreed`, 1850],
    ["in JSON", (seed: number) => `{"type":"service_account","project":"my-company","key":"${random(ALL, 24, seed)}"}`],
    ["behind a user's name", (seed: number) => `admin:${random(ALL, 16, seed)}`],
    ["as the password of a URL", (seed: number) => `postgres://app:${random(ALL, 14, seed)}@db.example.com:5432/app`],
    ["as the password of a URL to this machine", (seed: number) => `postgres://app:${random(ALL, 16, seed)}@127.0.0.1:5432/app`],
    ["before the host of a URL", (seed: number) => `https://${random("0123456789abcdef", 32, seed)}@o1.ingest.example.com/4`],
    ["in the query of a URL", (seed: number) => `https://example.com/hooks?retry=3&token=${random(ALL, 20, seed)}`],
    ["in the query of a URL, of letters", (seed: number) => `https://example.com/hooks?token=${random(LOWER, 24, seed)}`],
    ["in the path of a URL", (seed: number) => `https://hooks.example.com/services/T01/B01/${random(ALL, 24, seed)}`],
    [
      "in a list of fields",
      (seed: number) => `Server=db.example.net,1433;Database=app;User ID=app;Password=${random(ALL, 14, seed)};Encrypt=true`,
    ],
  ])("blocks under any name: %s", (_what, made, least = 1980) =>
    expect(share((seed) => weigh("SETTING", made(seed)) === "block")).toBeGreaterThan(least),
  );

  it.each([
    ["of letters alone", (seed: number) => random(`${LOWER}${LOWER.toUpperCase()}`, 28, seed), 1990],
    ["of small letters, of 20", (seed: number) => random(LOWER, 20, seed), 1980],
    ["of small letters in fours", (seed: number) => (random(LOWER, 16, seed).match(/.{4}/g) as string[]).join(" "), 1850],
    ["of 10 characters", (seed: number) => random(`${ALL}!#$%&*`, 10, seed), 1700],
  ])("blocks under a secret's name: %s", (_what, made, least) =>
    expect(share((seed) => weigh("API_TOKEN", made(seed)) === "block")).toBeGreaterThan(least),
  );

  it("never blocks for words, whatever the name", () => {
    const words =
      "account address balance cluster default endpoint feature gateway history journal keyboard language message network".split(" ");
    const pick = (seed: number, at: number) =>
      words[(createHash("sha256").update(`${seed}`).digest()[at] as number) % words.length] as string;
    const texts = (seed: number) => {
      const [a, b, c] = [pick(seed, 0), pick(seed, 1), pick(seed, 2)];
      return [
        `${a}-${b}-${c}`,
        `${a} ${b} ${c}`,
        a + b[0]?.toUpperCase() + b.slice(1) + c[0]?.toUpperCase() + c.slice(1),
        `${a}_${b}`.toUpperCase(),
      ];
    };
    expect(share((seed) => texts(seed).some((text) => weigh("API_TOKEN", text) === "block" || weigh("SETTING", text) !== null))).toBe(0);
  });
});
