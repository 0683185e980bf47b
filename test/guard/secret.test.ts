import { describe, expect, it } from "vitest";
import { entropyOf, isSecretName, linesOfKey, partsOf, weigh } from "../../src/guard/secret.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

describe("what is worth a search", () => {
  it.each([
    ["API_KEY", KEY, "block"],
    ["STRIPE", "sk_test_51H8abcdEFGHijklMNOP", "block"],
    ["DB_PASSWORD", "correct-horse-9-battery", "block"],
    ["DATABASE_URL", "postgres://app:secretpw@db/app", "block"],
    ["WEBHOOK", "https://hooks.slack.com/services/T0001/B0001/XXyy12ZZ34abCDefGH56", "block"],
    ["APP_KEY", "base64:2fl+Ktvkfl+Fuz4Qp/A75G2RTiWVA/ZoKZvp6fiiM10=", "block"],
    ["AWS_SECRET_ACCESS_KEY", "/abcdEFGH1234ijklMNOP", "block"],
    ["BUCKET", "my-app-assets-eu-1", "warn"],
    ["API_TOKEN", "hunter2hunter2", "block"],
  ])("%s=%s: %s", (name, value, weight) => {
    expect(weigh(name, value)).toBe(weight);
  });

  it.each([
    ["DEBUG", "true"],
    ["NODE_ENV", "production"],
    ["DB_PASSWORD", "password"],
    ["SECRET_PATH", "/ABCDEFGHIJ1234567890"],
    ["SECRET_PATH", "/abcdefGHIJKLmnopQRST"],
    ["SECRET_PATH", "/aaaaaaaaaaaaaaaaaaA1"],
    ["DB_PASSWORD", "changeme"],
    ["SECRET_KEY", "your-secret-key"],
    ["SECRET_KEY", "<your key here>"],
    ["API_KEY", "xxxxxxxxxxxxxxxx"],
    ["APP_URL", "https://example.com"],
    ["APP_URL", "http://localhost:3000/callback"],
    ["DB_HOST", "db.internal.example.com"],
    ["REGION", "us-east-1"],
    ["PORT", "30003000"],
    ["KEY_PATH", "/etc/ssl/private/key.pem"],
    ["APP_NAME", "Laravel Application"],
    ["MAIL_FROM", "Hello World Company"],
    ["SHORT_KEY", "abc123"],
  ])("%s=%s raises no alarm", (name, value) => {
    expect(weigh(name, value)).toBeNull();
  });

  it.each([
    ["a word", "SECRET_KEY", "development-secret-key", null],
    ["a URL of words", "APP_URL", "https://example.com/a/path", null],
    ["random letters under no secret's name", "NAME", "ab3.cd4.ef5", null],
    ["a password that was made up", "DB_PASSWORD", "hunter2hunter2", "warn"],
    ["the URL of a local database", "DATABASE_URL", "postgres://app:app@localhost:5432/app_development", "warn"],
    ["a URL with a token in its path", "HOOK", "https://example.com/x/aZ3bY9cX7dW5eV1fU2", "block"],
    ["random letters", "API_KEY", KEY, "block"],
    ["random letters under no secret's name, of 16", "NAME", "aZ3$bY9!cX7&dW5+", "block"],
  ])("where the template says the same: %s", (_, name, value, weight) => {
    expect(weigh(name, value, value)).toBe(weight);
    expect(weigh(name, value, `${value}2`)).toBe(weigh(name, value));
  });
});

describe("the bounds of what is worth a search", () => {
  it.each<[string, string, string | null]>([
    ["a secret's name, at least 8 letters", "KEY=aB3$xY9", null],
    ["8 of them", "KEY=aB3$xY9!", "block"],
    ["fewer, but of 8 bytes", "KEY=пароль7", "block"],
    ["fewer of 8 bytes, and no letter", "KEY=🔑🔒", "block"],
    ["a word of 8 bytes, of fewer letters", "KEY=пароль", null],
    ["fewer of 8 bytes under another name", "NAME=пароль7", null],
    ["fewer of 7 bytes", "KEY=клю7", null],
    ["numbers of 15", "KEY=123456789012345", null],
    ["numbers of 16", "KEY=1234567890123456", "block"],
    ["one letter over and over", "KEY=aaaaaaaaaaaaaaaa", null],
    ["one character over and over", "KEY=****************", null],
    ["dots", "KEY=........", null],
    ["x in both cases", "KEY=xXxXxXxXxXxX", null],
    ["a word under a secret's name, of 11", "KEY=abcdefghijk", null],
    ["a word under a secret's name, of 12", "KEY=abcdefghijkl", "warn"],
    ["a word under another name", "NAME=abcdefghijklmnop", null],
    ["a slug of 15 under another name", "NAME=app-staging-e1", null],
    ["a slug under a secret's name", "TOKEN=app-eu-1-v2", "block"],
    ["a slug of 16 under another name", "NAME=apps-staging-e12", "warn"],
    ["random letters of 15 under another name", "NAME=aZ3$bY9!cX7&dW5", "warn"],
    ["random letters of 16 under another name", "NAME=aZ3$bY9!cX7&dW5+", "block"],
    ["16 letters of little entropy", "NAME=aab1aab1aab1aab1", "warn"],
    ["numbers and a letter", "KEY=1234567a", "block"],
    ["what only ends in a common word", "KEY=aZ9password", "block"],
    ["what only begins with a common word", "KEY=password9aZ", "block"],
    ["random letters of 3 bits each", "NAME=a1b2c3d4a1b2c3d4", "block"],
    ["a slug behind a character that no slug has", "NAME=9$app-eu", "warn"],
    ["a host without a port", "KEY=db.internal.example.com", null],
    ["what only ends in a host", "KEY=aZ3$9!example.com", "block"],
    ["what only begins with a host", "KEY=ab.cd9!xyz$Q", "block"],
    ["what only begins with a path", "KEY=/abc$def9!", "block"],
    ["what only ends in a URL", "KEY=p9! https://example.com", "block"],
    ["a host", "KEY=db.internal.example.com:5432", null],
    ["a path", "KEY=./config/keys/a.pem", null],
    ["a path of a disk", "KEY=C:\\keys\\a.pem", null],
    ["a home's path", "KEY=~/keys/a.pem", null],
    ["base64 that begins as a path does", "KEY=/aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7", "block"],
    ["base64 with slashes", "KEY=/aB3dE5f/G7hI9jK1lM3nO5pQ7rS9tU1vW3x/zA7", "block"],
    ["base64 of 15 letters behind a slash", "KEY=/aB3dE5fG7hI9jK1", null],
    ["a path of words, numbers and capitals", "KEY=/Users/Ada/Projects/Keys2024/id", null],
    ["a path of a long name in small letters", "KEY=/var/lib/overlay/3f2a9c8b7d6e5f4a3b2c1d0e", null],
    ["a path with a random name and an ending", "KEY=/tmp/aB3dE5fG7hI9jK1lM3nO5.pem", null],
    ["a URL of words", "KEY=https://example.com/a/path/of/words?and=words", null],
    ["a URL with a token in its path", "HOOK=https://example.com/x/aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token in its query", "HOOK=https://example.com/x?k=aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with words for a query", "HOOK=https://example.com/login?redirect=dashboard#section", null],
    ["a URL with a long word", "HOOK=https://example.com/x?k=abcdefghijklmnopqrs", null],
    ["a URL with an empty field", "HOOK=https://example.com/login?next=&redirect=dashboard", null],
    ["a URL with a host of many letters and numbers", "HOOK=https://db-17.eu-west-3.q9.example.com/", null],
    ["a URL with a token behind its host", "HOOK=https://example.com?aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token for a fragment", "HOOK=https://example.com#aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token that has slashes", "HOOK=https://example.com/x?k=aZ3bY/9cX7d/W5eV1/fU2", "block"],
    ["a URL with a token in parts", "HOOK=https://example.com/x?id=a1b2c3d4e5&sig=e5f6a7b8c9", "block"],
    ["a URL with 15 letters of high entropy", "HOOK=https://example.com/aZ3bY9cX7dW5eV1", null],
    ["a URL with 15 of them behind its host", "HOOK=https://example.com?aZ3bY9cX7dW5eV1", null],
    ["a URL with 16 letters of high entropy", "HOOK=https://example.com/aZ3bY9cX7dW5eV1f", "block"],
    ["a URL with 16 letters of 3.5 bits each", "HOOK=https://example.com/aabbccdd12345678", "block"],
    ["a URL with 18 letters of 3 bits each", "HOOK=https://example.com/aa11aa11bb22cc33d4", null],
    ["what only begins with a placeholder", "KEY=<x>aZ3bY9", "block"],
    ["what only ends in a placeholder", "KEY=aZ3bY9<x>", "block"],
    ["what only ends in here", "KEY=aZ3bY9here", "block"],
    ["what says it goes here", "KEY=key9-goes-here", null],
    ["a placeholder in brackets", "KEY=<your-key-9>", null],
    ["a placeholder to fill in", "KEY=${MY_KEY_9}", null],
    ["a placeholder of a template", "KEY={{ my.key9 }}", null],
    ["what says put it here", "KEY=put_it_9_here", null],
    ["what says your password", "KEY=your-db9-password", null],
    ["what only begins so", "KEY=your-db9-passw0rd", "block"],
  ])("%s", (_, row, weight) => {
    const [name = "", ...rest] = row.split("=");
    expect(weigh(name, rest.join("="))).toBe(weight);
  });

  it("knows a secret's name by a word in it", () => {
    for (const name of [
      "my_secret",
      "TOKEN",
      "dbPass",
      "PWD",
      "API_KEY",
      "CREDENTIALS",
      "PRIVATE_X",
      "AUTH",
      "SENTRY_DSN",
      "SALT",
      "COOKIE",
      "SESSION_ID",
      "CERT",
      "WEBHOOK",
      "DATABASE_URL",
      "MONGO_URI",
    ])
      expect(isSecretName(name), name).toBe(true);
    for (const name of ["NAME", "PORT", "URL", "URI_X", "BASE_URI_PATH", "DATABASE", "", "REGION"])
      expect(isSecretName(name), name).toBe(false);
  });

  it("takes a URL's password, as it stands and as it is read", () => {
    expect(partsOf("postgres://u:pass@h/db")).toEqual(["pass"]);
    expect(partsOf("postgres://:pass@h")).toEqual(["pass"]);
    expect(partsOf("a+b.c-d://u:p%26q@h")).toEqual(["p%26q", "p&q"]);
    expect(partsOf("a://u:p%zz@h")).toEqual(["p%zz"]);
    expect(partsOf("smtps://me@example.com:pass@h:465")).toEqual(["pass"]);
    expect(partsOf("postgres://u:pa@ss@h/db")).toEqual(["pa", "pa@ss"]);
    expect(partsOf("redis://:pa?ss@h?mail=a@b")).toEqual(["pa?ss"]);
    expect(partsOf("redis://:pass@h?mail=a@b")).toEqual(["pass"]);
    for (const none of [
      "u:pass@h",
      "://u:p@h",
      "1://u:p@h",
      "a://u@h",
      "a://me@example.com@h:80/a@b",
      "a://u:@h",
      "a://h/u:p@x",
      "a://u:p h@x",
      " a://u:p@h",
      "https://example.com/a:b@c",
    ])
      expect(partsOf(none), none).toEqual([]);
  });

  it("measures entropy in bits a character", () => {
    expect([entropyOf(""), entropyOf("aaaa"), entropyOf("abab"), entropyOf("abcd"), entropyOf("\u{1F511}a")]).toEqual([0, 0, 1, 2, 1]);
  });

  it("takes the lines of a key, and of nothing else", () => {
    const line = "aZ3bY9cX7dW5eV1fU2tS8rQ6pO4nM0lK+/=_-";
    expect(linesOfKey(`-----BEGIN X-----\r\n  ${line}\n${line.slice(0, 32)}\n${line.slice(0, 31)}\n-----END X-----`)).toEqual([
      line,
      line.slice(0, 32),
    ]);
    expect(linesOfKey(line)).toEqual([]);
    expect(linesOfKey(`a\n${line},\n"k": "${line}"\n${"a".repeat(40)}\nwords_of_an_identifier_that_is_very_long`)).toEqual([]);
  });
});
