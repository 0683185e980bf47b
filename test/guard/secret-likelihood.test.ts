import { describe, expect, it } from "vitest";
import { entropyOf } from "../../src/guard/random.ts";
import { isSecretName, linesOfKey, partsOf, weigh } from "../../src/guard/secret-likelihood.ts";

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
    ["the URL of a local database", "DATABASE_URL", "postgres://app:app@localhost:5432/app_development", null],
    ["a URL with a token in its path", "HOOK", "https://example.com/x/aZ3bY9cX7dW5eV1fU2", "block"],
    ["random letters", "API_KEY", KEY, "block"],
    ["random letters under no secret's name, of 16", "NAME", "aZ3$bY9!cX7&dW5+", "block"],
  ])("where the template says the same: %s", (_, name, value, weight) => {
    expect(weigh(name, value, true)).toBe(weight);
    expect(weigh(name, value, false)).toBe(weigh(name, value));
  });
});

/** The shapes that five real applications have in their examples, and that their source has, too. */
describe("what is no secret, though it stands under the name of one or is long", () => {
  it.each([
    ["a mail address", "SMTP_AUTH_FROM", "noreply@storefront.example.com"],
    ["a name with its mail address", "MAIL_TOKEN_FROM", "Store Front <no-reply@storefront.example.com>"],
    ["several mail addresses", "ALLOWED_CREATORS", "ada@storefront.example.com,bob@storefront.example.com"],
    ["a host in a list", "AUTH_HOSTS", "internal.example.com, *.example.org"],
    ["a host and a port of one name", "REDIS_AUTH_NODE", "redis-node1:6379"],
    ["several of these", "REDIS_KEY_NODES", "redis-node1:6379,redis-node2:6379,10.0.0.7:6379"],
    ["an address and a port", "TOKEN_HOST", "192.168.100.200:8443"],
    ["a network", "KEY_NETWORK", "192.168.100.0/24"],
    ["an address of version 6", "AUTH_BIND", "[2001:db8:85a3::8a2e:370:7334]:8443"],
    ["the URL of a database here", "DATABASE_URL", "postgres://storefront:password@127.0.0.1:54320/storefront"],
    ["the same, with a password of words", "DATABASE_URL", "postgres://storefront:dev-password-1@localhost:5432/storefront"],
    ["the same, with a query", "DATABASE_URL", "postgresql://postgres:postgres@localhost:5432/postgres?schema=public&connection_limit=20"],
    ["the URL of a database among containers", "DATABASE_URL", "postgres://postgres:postgres@database:5432/storefront"],
    ["a URL to this machine with a name in it", "KEY_ENDPOINT", "http://localhost:10000/devstoreaccount1"],
    ["a user without a password", "AUTH_URI", "ssh://git@code.example.com/storefront/storefront.git"],
    ["a URL that leads back", "AUTH_URL", "https://example.com/login?next=https%3A%2F%2Fexample.com%2Fdashboard%2Fsettings"],
    ["two URLs", "AUTH_ORIGINS", "https://storefront.example.com,https://www.storefront.example.com"],
    ["a prefix", "S3_KEY_PREFIX", "exports/2024/reports-v2/"],
    ["a file", "SIGNING_KEY_FILE", "certs/signing-2024.p12"],
    ["a driver", "SESSION_DRIVER", "database_v2_driver"],
    ["a model", "AUTH_MODEL", "gpt-4o-mini-2024-07-18"],
    ["a public part of a key pair's id", "ACCESS_KEY_ID", "devstoreaccount1"],
    ["a resource of a cloud", "SECRET_ARN", "arn:aws:iam::123456789012:role/storefront-agent-sandbox"],
    ["a bucket", "PRIVATE_UPLOAD_BUCKET", "storefront-uploads-eu-1"],
    ["a sentence", "PRIVATE_TITLE", "Welcome to the new Storefront, version 2!"],
    ["flags", "FEATURES", "checkout,search,reviews-v2"],
    ["a schedule", "AUTH_REQUEST_PURGE", "30 * * * * *"],
    ["a schedule with steps and days", "KEY_ROTATION", "0 0 1 */3 MON-FRI"],
    ["a schedule of a cloud", "SESSION_CLEANUP", "cron(0 12 * * ? *)"],
    ["a time by percent signs", "AUTH_LOG", "%Y-%m-%d %H:%M:%S.%3f"],
    ["a time by letters", "SESSION_DATE", "YYYY-MM-DD HH:mm:ss.SSS"],
    ["names in a directory", "LDAP_AUTH_BIND", "cn=admin,dc=storefront,dc=org"],
    ["options of a program", "ES_JAVA_OPTS", "-Xms512m -Xmx512m"],
    ["options with values", "POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --encoding=UTF-8"],
    ["algorithms", "JWT_AUTH_ALGORITHMS", "HS256,RS256,ES256"],
    ["languages", "LANGUAGES", "en-US,de-DE,fr-FR,pt-BR,zh-CN"],
    ["languages and how much each is liked", "ACCEPT", "en-US,en;q=0.9,de;q=0.8"],
    ["how often", "AUTH_LIMIT", "5/minute;100/hour"],
    ["a color", "THEME", "rgb(33, 150, 243)"],
    ["a telephone", "SUPPORT", "+49 (30) 1234567-89"],
    ["settings in JSON", "ROLES", '{"admin":["*"],"user":["read"]}'],
    ["a policy in JSON", "PASSWORD_POLICY", '{"minComplexity":3,"requireUpper":false}'],
  ])("%s", (_, name, value) => expect(weigh(name, value)).toBeNull());

  it.each([
    ["a mail address that is known to few", "INBOX_KEY", "k7x2q9w4m8v3z6t1@inbound.example.com"],
    ["a password that ends as a mail address does", "DB_PASSWORD", "x9:K2mQ7@example.com"],
    ["a name that is random, with a port", "NODES", "kZ8vQ2nX4mT7pL1w:6379"],
    ["a strong password for this machine", "DATABASE_URL", "postgres://storefront:9f86d081884c@127.0.0.1:5432/storefront"],
    ["a password of words for another machine", "DATABASE_URL", "postgres://storefront:devpasswordx@db.example.com:5432/storefront"],
    ["one in a query, by its name", "SETTING", "jdbc:mysql://db.example.com/app?user=app&password=hunter2hunter2"],
    ["one in a list of fields", "SETTING", "Server=db.example.net;User ID=app;Password=correcthorsebattery;Encrypt=true"],
    ["a token for a user", "SETTING", "https://9f86d081884c7d659a2feaa0c55ad015@o1.ingest.example.com/42"],
    ["a URL behind another", "SETTING", "https://example.com,https://example.com/x?k=aZ3bY9cX7dW5eV1fU2"],
    ["letters alone", "API_TOKEN", "exrtMAzYwnTMDkDWxSpyZyNysaNC"],
    ["letters alone, under any name", "SETTING", "exrtMAzYwnTMDkDWxSpyZyNysaNC"],
    ["letters in groups", "SMTP_PASSWORD", "xkqz wvbn mprt jdfs"],
    ["small letters", "API_TOKEN", "xkqzwvbnmprtjdfs"],
    ["what stands in a path", "AWS_SECRET_ACCESS_KEY", "kZ8vQ2nX/4mT7pL1w"],
    ["random letters under a setting's name", "KEY_PREFIX", "kZ8vQ2nX4mT7pL1w"],
    ["one in JSON, by its name", "SETTING", '{"user":"app","password":"hunter2hunter2"}'],
    ["one in JSON that is random", "SETTING", '{"hooks":["https://example.com",{"x":"kZ8vQ2nX4mT7pL1w"}]}'],
    ["one that is a name in JSON", "SETTING", '{"kZ8vQ2nX4mT7pL1w":"storefront"}'],
    ["a password in JSON under a secret's name", "API_KEYS", '["hunter2hunter2"]'],
    ["a password among options", "ARGS", "--user=app --password=hunter2hunter2"],
    ["random letters among options", "ARGS", "--user=kZ8vQ2nX4mT7pL1w"],
    ["codes in a list", "CODES", "k3f9-x2p7, m4q8-z1w6, b7d2-c5h9"],
    ["a random name in a directory", "BIND", "cn=kZ8vQ2nX4mT7pL1w,dc=storefront"],
    ["a list under a secret's name", "API_TOKENS", "hunter2,hunter3"],
    ["a password that begins as an option does", "DB_PASSWORD", "-Xms512m"],
  ])("but %s is", (_, name, value) => expect(weigh(name, value)).toBe("block"));

  it("takes no longer for a value of a million characters", () => {
    for (const part of [
      "ab ",
      "k=v;",
      "a@b,",
      "KEY=",
      "A1",
      "x=",
      "1:",
      "a://u:@",
      "\u0301",
      "* ",
      "%Y",
      "yy-",
      "cn=a,",
      "-a ",
      "[",
      '{"a":',
    ]) {
      const value = part.repeat(1_000_000 / part.length);
      expect(["block", "warn", null]).toContain(weigh("SETTING", value));
      expect(weigh("API_TOKEN", value, true)).not.toBeUndefined();
    }
  });

  it("is what a template says, as long as it was not pasted there", () => {
    for (const [name, value, weight] of [
      ["API_SECRET_KEY", "sk-lf-1234567890", null],
      ["API_KEY", "1234567890abcdef", null],
      ["PROJECT_ID", "7a88fb47-b4e2-43b8-a06c-a5ce950dc53a", null],
      ["USER_PASSWORD", "test_Password123", "warn"],
      ["API_SECRET_KEY", KEY, "block"],
    ] as const)
      expect([name, weigh(name, value, true)]).toEqual([name, weight]);
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
    ["a word under a secret's name, of 11", "KEY=developings", null],
    ["a word under a secret's name, of 12", "KEY=developments", "warn"],
    ["a word under another name", "NAME=developmentsonly", null],
    ["a slug of 15 under another name", "NAME=app-staging-e1", null],
    ["a slug under a secret's name", "TOKEN=app-eu-1-v2", "block"],
    ["a slug of 16 under another name", "NAME=apps-staging-e12", null],
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
    ["a URL with a long word", "HOOK=https://example.com/x?k=internationalisation", null],
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
      "PRIVATE_KEY",
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
    for (const name of ["NAME", "PORT", "URL", "PRIVATE_UPLOAD_REGION", "URI_X", "BASE_URI_PATH", "DATABASE", "", "REGION"])
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
