import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";

const pem = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
const { privateKey, publicKey } = pem();
const account = {
  type: "service_account",
  project_id: "shop-prod",
  private_key_id: randomBytes(20).toString("hex"),
  private_key: privateKey,
  client_email: "app@shop-prod.iam.gserviceaccount.com",
  token_uri: "https://oauth2.googleapis.com/token",
};
const oauth = {
  web: { client_id: "shop", client_secret: `GOCSPX-${randomBytes(18).toString("base64url")}`, redirect_uris: ["http://localhost:3000/cb"] },
};
const base64 = (text: string | Buffer) => Buffer.from(text as string).toString("base64");
const random = randomBytes(24).toString("base64url");
const bytes = randomBytes(32);

const secret = (name: string, value: string): Secret => ({
  name,
  value,
  vault: ".env.vault",
  environment: "default",
  version: 1,
  current: true,
});
const search = (name: string, value: string, given?: string) =>
  new LeakSearch([secret(name, value)], new Map(given === undefined ? [] : [[name, [given]]]));
const stops = (name: string, value: string, file: string | Buffer) =>
  search(name, value)
    .inspect("f", Buffer.from(file as string))
    .some(({ level }) => level === "error");

/** What a variable holds, and the file that it was made of. */
const ROWS: [string, string, string, string | Buffer][] = [
  ["JSON in a line, and pretty-printed", "GOOGLE_CREDENTIALS", JSON.stringify(account), JSON.stringify(account, null, 2)],
  ["with tabs", "GOOGLE_CREDENTIALS", JSON.stringify(account), JSON.stringify(account, null, "\t")],
  [
    "its keys in another order",
    "CREDENTIALS",
    JSON.stringify(account),
    JSON.stringify(Object.fromEntries(Object.entries(account).reverse()), null, 2),
  ],
  ["one text of it", "OAUTH", JSON.stringify(oauth), `secret: ${oauth.web.client_secret}\n`],
  ["the key in it", "GOOGLE_CREDENTIALS", JSON.stringify(account), privateKey],
  ["its key's lines escaped twice", "GOOGLE_CREDENTIALS", JSON.stringify(account).replaceAll("\\n", "\\\\n"), privateKey],
  ["a PEM with \\n", "PRIVATE_KEY", privateKey.replaceAll("\n", "\\n"), privateKey],
  ["a PEM with \\r\\n", "PRIVATE_KEY", privateKey.replaceAll("\n", "\\r\\n"), privateKey],
  ["a PEM with blanks", "PRIVATE_KEY", privateKey.replaceAll("\n", " "), privateKey],
  ["a PEM in one line", "PRIVATE_KEY", privateKey.replaceAll("\n", ""), privateKey],
  ["some lines of it", "PRIVATE_KEY", privateKey.replaceAll("\n", "\\n"), privateKey.split("\n").slice(4, 7).join("\n")],
  ["base64 of a PEM", "KEY_BASE64", base64(privateKey), privateKey],
  ["the same under another name", "SIGNING_KEY", base64(privateKey), privateKey],
  ["base64 of JSON", "GOOGLE_CREDENTIALS", base64(JSON.stringify(account)), JSON.stringify(account, null, 2)],
  [
    "base64url without padding",
    "CREDENTIALS_B64",
    Buffer.from(JSON.stringify(account, null, 2)).toString("base64url"),
    JSON.stringify(account),
  ],
  ["base64 in lines", "CREDENTIALS_B64", base64(privateKey).replace(/.{76}/g, "$&\n"), privateKey],
  ["base64 of random text", "TOKEN_BASE64", base64(random), `token = ${random}`],
];

/** As docs/explanation/threat-model.md says. */
const MISSED: [string, string, string, string | Buffer][] = [
  ["what base64 of bytes decodes to", "KEY_BASE64", base64(bytes), bytes],
  ["what hex decodes to", "KEY_HEX", Buffer.from(random).toString("hex"), random],
  ["base64 of text under a name that does not say it", "API_KEY", base64(random), random],
  [
    "a text of JSON that would stop by itself under no name",
    "GOOGLE_CREDENTIALS",
    JSON.stringify(account),
    `${account.project_id} ${account.client_email}`,
  ],
];

describe("the file that a value came from", () => {
  it.each(ROWS)("stops: %s", (_, name, value, file) => {
    expect(stops(name, value, file)).toBe(true);
  });

  it.each(MISSED)("is missed: %s", (_, name, value, file) => {
    expect(stops(name, value, file)).toBe(false);
  });

  it("is told as what it is", () => {
    const [finding] = search("OAUTH", JSON.stringify(oauth)).inspect("f", Buffer.from(oauth.web.client_secret));
    expect(finding?.message).toBe("f line 1 holds part of the value of OAUTH (.env.vault, v1)");
    const [whole] = search("OAUTH", JSON.stringify(oauth)).inspect("f", Buffer.from(JSON.stringify(oauth)));
    expect(whole?.message).toMatch(/^f line 1 holds (part of )?the value of OAUTH/);
  });

  it("leaves what anybody may know", () => {
    const value = JSON.stringify({ ...account, public_key: publicKey, name: "shop-prod" });
    const known = `${publicKey}\n${account.client_email} ${account.token_uri} service_account private_key_id shop-prod https://oauth2.googleapis.com/token`;
    expect(search("GOOGLE_CREDENTIALS", value).inspect("f", Buffer.from(known))).toEqual([]);
    expect(search("KEY", publicKey.replaceAll("\n", "\\n")).inspect("f", Buffer.from(publicKey))).toEqual([]);
    const settings = JSON.stringify({ locale: "en-US", feature: "dark-mode", host: "localhost", timeout: "30s", tags: ["alpha", "beta"] });
    expect(search("SETTINGS", settings).inspect("f", Buffer.from("en-US dark-mode localhost 30s alpha beta feature timeout"))).toEqual([]);
  });

  it("leaves what a template says", () => {
    const given = JSON.stringify({ user: "app", password: "change-me-please-9" });
    expect(
      search("DB", given, given)
        .inspect("f", Buffer.from("password: change-me-please-9"))
        .filter(({ level }) => level === "error"),
    ).toEqual([]);
  });

  it.each([
    ["nested JSON", "[".repeat(40_000)],
    [
      "many keys",
      JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`key${index}`, randomBytes(8).toString("hex")]))),
    ],
    ["many beginnings", "-----BEGIN ".repeat(5_000)],
    ["escapes", `-----BEGIN X-----${"\\".repeat(60_000)}`],
    ["letters", "a".repeat(60_000)],
  ])("costs little in %s", (_, value) => {
    const before = process.cpuUsage();
    search("CREDENTIALS", value).inspect("f", Buffer.from("nothing"));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1);
  });
});
