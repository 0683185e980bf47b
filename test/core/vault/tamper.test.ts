import { describe, expect, it } from "vitest";
import { b64u } from "../../../src/core/bytes.ts";
import { openValues, openVault } from "../../../src/core/vault/open-vault.ts";
import { parseVault } from "../../../src/core/vault/vault.ts";
import { isEnvsealError } from "../../../src/errors.ts";
import { MemoryProject } from "../../support/vaults.ts";

const PLAINTEXT = "# top\nFIRST=alpha-value\nDB_PASSWORD='hunter2 hunter2'\n\nPORT=3000 # web\nLAST=omega-value\n";
const project = new MemoryProject();
const VAULT = project.seal(Buffer.from(PLAINTEXT), { isPublic: (name) => name === "PORT" });
const OLDER = project.seal(Buffer.from(PLAINTEXT.replace("omega-value", "older-value")), { isPublic: (name) => name === "PORT" });
const other = new MemoryProject({ environment: "production", seed: 3 });
const FOREIGN = other.seal(Buffer.from(PLAINTEXT));
const id = b64u(project.vaultId);

const row = (text: string, name: string) => text.split("\n").find((line) => line.startsWith(`${name}=`)) as string;
const token = (text: string, name: string) => /enc:\S+$/.exec(row(text, name))?.[0] as string;
const replaceToken = (name: string, replacement: string) => VAULT.replace(token(VAULT, name), replacement);
const without = (name: string) => VAULT.replace(`${row(VAULT, name)}\n\n`, "");
const endToken = /^#end (\S+)$/m.exec(VAULT)?.[1] as string;
const comment = VAULT.split("\n").find((line) => line.startsWith("# enc:")) as string;

/** [what was done, the edited vault, the error, a part of its message]. None is opened by either door. */
const REFUSED: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "two tokens swapped",
    replaceToken("FIRST", "@@").replace(token(VAULT, "LAST"), token(VAULT, "FIRST")).replace("@@", token(VAULT, "LAST")),
    "TAMPERED",
    /line 3: the token of FIRST does not open: it was changed, or sealed for another place/,
  ],
  [
    "a token copied to a public-looking name",
    VAULT.replace("FIRST=", "NEXT_PUBLIC_X="),
    "TAMPERED",
    /the token of NEXT_PUBLIC_X does not open/,
  ],
  [
    "a token doubled under a new name",
    VAULT.replace(`${row(VAULT, "LAST")}\n`, `${row(VAULT, "LAST")}\n\nCOPY=${token(VAULT, "LAST")}\n`),
    "TAMPERED",
    /the token of COPY does not open/,
  ],
  ["the first line removed", without("FIRST"), "TAMPERED", /DB_PASSWORD/],
  ["a line in the middle removed", without("DB_PASSWORD"), "TAMPERED", /PORT/],
  ["the last line removed", without("LAST"), "TAMPERED", /the end line/],
  [
    "two lines exchanged",
    VAULT.replace(row(VAULT, "FIRST"), "@@")
      .replace(row(VAULT, "DB_PASSWORD"), row(VAULT, "FIRST"))
      .replace("@@", row(VAULT, "DB_PASSWORD")),
    "TAMPERED",
    /line 3: the token of DB_PASSWORD does not open/,
  ],
  ["a plaintext value", VAULT.replace(row(VAULT, "FIRST"), "FIRST=plain"), "MALFORMED_VAULT", /line 3: FIRST has a plaintext value/],
  ["an empty value", VAULT.replace(row(VAULT, "FIRST"), "FIRST="), "MALFORMED_VAULT", /line 3: FIRST has a plaintext value/],
  [
    "a plaintext line appended",
    VAULT.replace("#end", "NODE_OPTIONS=--require=/tmp/x\n\n#end"),
    "MALFORMED_VAULT",
    /NODE_OPTIONS has a plaintext value/,
  ],
  ["a line behind the end", `${VAULT}EXTRA=${token(VAULT, "LAST")}\n`, "MALFORMED_VAULT", /text after the end line/],
  [
    "a name twice",
    VAULT.replace("#end", `${row(VAULT, "FIRST")}\n\n#end`),
    "MALFORMED_VAULT",
    /line 12: FIRST is set a second time \(first on line 3\)/,
  ],
  ["a command", VAULT.replace("#end", 'PWN="$(id)"\n\n#end'), "MALFORMED_VAULT", /PWN has a plaintext value/],
  ["a fake token", VAULT.replace(row(VAULT, "FIRST"), "FIRST=enc:hunter2"), "MALFORMED_VAULT", /the token of FIRST is damaged/],
  ["a foreign comment", VAULT.replace("#end", "# hello\n#end"), "MALFORMED_VAULT", /this comment is not one/],
  ["a comment's token as a value", replaceToken("FIRST", comment.slice(2)), "TAMPERED", /the token of FIRST does not open/],
  [
    "a value's token as a comment",
    VAULT.replace(comment, `# ${token(VAULT, "FIRST")}`),
    "TAMPERED",
    /the token of a comment does not open/,
  ],
  ["the end's token as a value", replaceToken("FIRST", endToken), "TAMPERED", /the token of FIRST does not open/],
  ["the end's token as a comment", VAULT.replace(comment, `# ${endToken}`), "TAMPERED", /the token of a comment does not open/],
  ["a comment's token at the end", VAULT.replace(endToken, comment.slice(2)), "TAMPERED", /the token of the end line does not open/],
  ["a value's token at the end", VAULT.replace(endToken, token(VAULT, "LAST")), "TAMPERED", /the token of the end line does not open/],
  [
    "a secret's token shown as public",
    VAULT.replace(row(VAULT, "FIRST"), `FIRST='alpha-value' # ${token(VAULT, "FIRST")}`),
    "TAMPERED",
    /the token of FIRST does not open/,
  ],
  [
    "a public value hidden",
    VAULT.replace(row(VAULT, "PORT"), `PORT=${token(VAULT, "PORT")}`),
    "TAMPERED",
    /the token of PORT does not open/,
  ],
  ["another shown value", VAULT.replace("PORT='3000'", "PORT='3001'"), "TAMPERED", /the shown value of PORT is not the one/],
  ["a shown value in other quotes", VAULT.replace("PORT='3000'", 'PORT="3000"'), "MALFORMED_VAULT", /not written as a vault writes it/],
  ["a token of another environment", replaceToken("FIRST", token(FOREIGN, "FIRST")), "KEY_UNKNOWN", /sealed under key/],
  ["another vault's header id", VAULT.replace(id, b64u(new Uint8Array(12).fill(8))), "none", /^$/],
  ["another environment in the header", VAULT.replace("envseal:1 default", "envseal:1 production"), "none", /^$/],
  ["a newer format", VAULT.replace("envseal:1", "envseal:2"), "UNSUPPORTED_FORMAT", /format 2 is newer/],
  ["a version with a leading zero", VAULT.replaceAll("enc:v1.", "enc:v01."), "MALFORMED_VAULT", /is damaged|is not one/],
  ["another version", VAULT.replaceAll("enc:v1.", "enc:v2."), "TAMPERED", /the token says version 2 and the manifest 1/],
  [
    "another version of one line",
    replaceToken("LAST", token(VAULT, "LAST").replace("enc:v1.", "enc:v2.")),
    "TAMPERED",
    /line 10: the token says version 2 and the manifest 1/,
  ],
  ["version 0", VAULT.replaceAll("enc:v1.", "enc:v0."), "MALFORMED_VAULT", /./],
  ["no header", VAULT.slice(VAULT.indexOf("\n") + 1), "MALFORMED_VAULT", /line 1: the header of a vault is missing/],
  ["nothing", "", "MALFORMED_VAULT", /the file is empty/],
  ["no end", VAULT.slice(0, VAULT.indexOf("#end")), "MALFORMED_VAULT", /the end line is missing/],
  ["no final newline", VAULT.slice(0, -1), "MALFORMED_VAULT", /does not end with a line end/],
  ["a BOM", `\uFEFF${VAULT}`, "MALFORMED_VAULT", /the header of a vault is missing/],
  ["a trailing space", VAULT.replace(row(VAULT, "FIRST"), `${row(VAULT, "FIRST")} `), "MALFORMED_VAULT", /line 3/],
  ["a space before =", VAULT.replace("FIRST=", "FIRST ="), "MALFORMED_VAULT", /line 3: this is no line of a vault/],
  ["export", VAULT.replace("FIRST=", "export FIRST="), "MALFORMED_VAULT", /line 3/],
  ["quotes around a token", VAULT.replace(row(VAULT, "FIRST"), `FIRST="${token(VAULT, "FIRST")}"`), "MALFORMED_VAULT", /line 3/],
  [
    "conflict markers",
    VAULT.replace("FIRST=", "<<<<<<< HEAD\nFIRST="),
    "CONFLICT_MARKERS",
    /line 3: the file holds unresolved merge conflict markers/,
  ],
  ["only the middle marker left", VAULT.replace("LAST=", "=======\nLAST="), "CONFLICT_MARKERS", /line 10/],
  ["__proto__", VAULT.replace("FIRST=", "__proto__="), "MALFORMED_VAULT", /line 3/],
  [
    "a dotenv-vault file",
    "#/-------------------.env.vault---------------------/\nDOTENV_VAULT_DEVELOPMENT=x\n",
    "MALFORMED_VAULT",
    /a vault of dotenv-vault/,
  ],
  ["a lone CR", VAULT.replace("\n\n", "\r\n"), "none", /^$/],
];

/** The error of opening `text`, by the loader's door or the CLI's. */
function errorOf(text: string, strict: boolean): { code: string; message: string } {
  try {
    const vault = parseVault(text, ".env.vault");
    (strict ? openVault : openValues)(vault, project.keyring.keysOf(vault.id), ".env.vault");
    return { code: "none", message: "" };
  } catch (error) {
    if (isEnvsealError(error)) return { code: error.code, message: error.message };
    throw error;
  }
}

/** A loader does not open comments. */
const LOADER_BLIND = ["a value's token as a comment", "the end's token as a comment"];

describe("a vault edited by someone without the key", () => {
  it("opens as it was written", () => {
    expect(errorOf(VAULT, true)).toEqual({ code: "none", message: "" });
    expect(errorOf(VAULT, false)).toEqual({ code: "none", message: "" });
    expect(errorOf(VAULT.replaceAll("\n", "\r\n"), true).code).toBe("none");
    expect(errorOf(VAULT.replaceAll("\n", "\n\n\n"), true).code).toBe("none");
  });

  it.each(REFUSED.filter(([, , code]) => code !== "none"))("is refused: %s", (what, text, code, message) => {
    expect(text).not.toBe(VAULT);
    for (const strict of [true, false]) {
      if (!strict && LOADER_BLIND.includes(what)) continue;
      const error = errorOf(text, strict);
      expect(error, `${what}, strict ${strict}`).toMatchObject({ code, message: expect.stringMatching(message) });
      for (const secret of ["hunter2", "alpha", "omega", "3000", "3001", "plain"]) {
        if (!/plaintext/.test(error.message)) expect(error.message).not.toContain(secret);
      }
    }
  });

  it("is refused where the header names another vault or environment, once the manifest is asked", () => {
    for (const text of [VAULT.replace(id, b64u(new Uint8Array(12).fill(8))), VAULT.replace("envseal:1 default", "envseal:1 production")]) {
      const vault = parseVault(text);
      expect(() => project.keyring.checkVault(".env.vault", vault)).toThrow(/another vault than the one the manifest lists/);
    }
    const renamed = parseVault(VAULT.replace(id, b64u(new Uint8Array(12).fill(8))));
    expect(() => openValues(renamed, project.keyring.keysOf(renamed.id))).toThrow(/the token of FIRST does not open/);
    expect(() => project.keyring.checkVault("apps/.env.vault", parseVault(VAULT))).toThrow(/not listed in the manifest/);
  });

  it("gives no other value for any single flipped character", () => {
    const expected = [...openValues(parseVault(VAULT), project.keyring.keysOf(id))].map(([name, { value }]) => [name, value]);
    for (let at = 0; at < VAULT.length; at++) {
      const flipped = VAULT.slice(0, at) + String.fromCharCode(VAULT.charCodeAt(at) ^ (1 + (at % 7))) + VAULT.slice(at + 1);
      const { code } = errorOf(flipped, true);
      if (code !== "none") continue;
      const opened = [...openValues(parseVault(flipped), project.keyring.keysOf(id))].map(([name, { value }]) => [name, value]);
      expect(opened, `offset ${at}`).toEqual(expected);
    }
  });

  it("is refused wherever it is cut off", () => {
    for (let at = 0; at < VAULT.length; at += 3) expect(errorOf(VAULT.slice(0, at), true).code, `${at}`).not.toBe("none");
  });

  it("keeps what the format says it keeps: comments may be moved or dropped, single values set back", () => {
    expect(errorOf(VAULT.replace(`${comment}\n`, ""), true).code).toBe("none");
    expect(errorOf(VAULT.replace("\n#\n", "\n"), true).code).toBe("none");
    const back = VAULT.replace(token(VAULT, "LAST"), token(OLDER, "LAST"));
    expect(openValues(parseVault(back), project.keyring.keysOf(id)).get("LAST")?.value).toBe("older-value");
  });
});
