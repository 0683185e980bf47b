import { b64u, join, lp } from "./notation.mjs";
import { PLAIN, SHOWN, sealFile } from "./seal-file.mjs";
import { lineText, NEVER, pad, seal } from "./token.mjs";
import { API, PRODUCTION, STAGE, STAGING, UNKNOWN, WEB } from "./world.mjs";

export function refused() {
  const [oldest, , third] = PRODUCTION;
  const base = sealFile(PLAIN, { shown: SHOWN });
  const rows = base.split("\n");
  const row = (name) => rows.find((text) => text.startsWith(`${name}=`));
  const tokenOf = (name, text = base) => /enc:\S+$/.exec(text.split("\n").find((one) => one.startsWith(`${name}=`)))[0];
  const lineOf = (name) => 1 + rows.findIndex((text) => text.startsWith(`${name}=`));
  const without = (name) => base.replace(`${row(name)}\n\n`, "");
  const comment = rows.find((text) => text.startsWith("# enc:"));
  const end = rows.find((text) => text.startsWith("#end "));
  const last = rows.length - 1;
  const place = { kind: "secret", name: "API_KEY", previous: "" };
  const content = lineText(third.commitment.subarray(0, 6), 0, "API_KEY=hunter2");
  const api = (options, plaintext = content, where = place) => {
    const { token } = seal(third, WEB, where, plaintext, options);
    return base.replace(tokenOf("API_KEY"), token);
  };
  const elsewhere = (options) => tokenOf("API_KEY", sealFile(PLAIN, options));
  const withToken = (token) => base.replace(tokenOf("API_KEY"), token);
  const at = lineOf("API_KEY");
  const longer = Buffer.concat([pad(content), Buffer.alloc(32)]);
  const dirty = join(pad(content).subarray(0, -1), [1]);
  const list = [
    ["a name given twice", base.replace("#end ", `API_KEY=${tokenOf("API_KEY")}\n\n#end `), "MALFORMED_VAULT", last],
    ["a plaintext value", base.replace(row("API_KEY"), "API_KEY=hunter2"), "MALFORMED_VAULT", at],
    ["an empty value", base.replace(row("API_KEY"), "API_KEY="), "MALFORMED_VAULT", at],
    ["conflict markers", base.replace(row("API_KEY"), `<<<<<<< ours\n${row("API_KEY")}\n=======\n>>>>>>> theirs`), "CONFLICT_MARKERS", at],
    ["no end line", base.replace(`${end}\n`, ""), "MALFORMED_VAULT", last],
    ["no header", rows.slice(1).join("\n"), "MALFORMED_VAULT", 1],
    ["an empty file", "", "MALFORMED_VAULT", 1],
    ["a byte order mark", `\uFEFF${base}`, "MALFORMED_VAULT", 1],
    ["a header of format 2", base.replace("envseal:1", "envseal:2"), "UNSUPPORTED_FORMAT", 1],
    ["a header with a leading zero", base.replace("envseal:1", "envseal:01"), "MALFORMED_VAULT", 1],
    ["a header with a reserved environment", base.replace(" production ", " local "), "MALFORMED_VAULT", 1],
    ["a second header", base.replace(/^(.*\n)/, "$1$1"), "MALFORMED_VAULT", 2],
    ["a comment in clear", base.replace("\n", "\n# hello\n"), "MALFORMED_VAULT", 2],
    ["white space on a line", base.replace("\n\n", "\n \n"), "MALFORMED_VAULT", at + 1],
    ["text behind the end line", `${base}A=1\n`, "MALFORMED_VAULT", last + 1],
    ["a second end line", `${base}${end}\n`, "MALFORMED_VAULT", last + 1],
    ["a space behind a token", base.replace(row("API_KEY"), `${row("API_KEY")} `), "MALFORMED_VAULT", at],
    ["a space before a name", base.replace("API_KEY=", " API_KEY="), "MALFORMED_VAULT", at],
    ["export before a name", base.replace("API_KEY=", "export API_KEY="), "MALFORMED_VAULT", at],
    ["the name __proto__", base.replace("API_KEY=", "__proto__="), "MALFORMED_VAULT", at],
    ["a quoted token", base.replace(tokenOf("API_KEY"), `"${tokenOf("API_KEY")}"`), "MALFORMED_VAULT", at],
    ["a version with a leading zero", base.replace(row("API_KEY"), row("API_KEY").replace("enc:v3", "enc:v03")), "MALFORMED_VAULT", at],
    ["a version above 2^32 - 1", base.replace(row("API_KEY"), row("API_KEY").replace("enc:v3", "enc:v4294967296")), "MALFORMED_VAULT", at],
    ["base64 padding", base.replace(row("API_KEY"), `${row("API_KEY")}=`), "MALFORMED_VAULT", at],
    ["no final newline", base.slice(0, -1), "MALFORMED_VAULT", last],
    ["a public value in the wrong quotes", base.replace("PORT='3000'", 'PORT="3000"'), "MALFORMED_VAULT", lineOf("PORT")],
    ["a public value without quotes", base.replace("PORT='3000'", "PORT=3000"), "MALFORMED_VAULT", lineOf("PORT")],
    ["bits behind the last byte that are not zero", withToken(spareBits(tokenOf("API_KEY"))), "TAMPERED", at],
    ["a token cut off", withToken(tokenOf("API_KEY").slice(0, 40)), "TAMPERED", at],
    ["32 zeros too many as padding", api({ padded: longer }), "TAMPERED", at],
    ["a padding that is not zero", api({ padded: dirty }), "TAMPERED", at],
    ["a nonce that is not synthetic", api({ nonce: Buffer.alloc(12, 7) }), "TAMPERED", at, "a boot does not recompute nonces"],
    ["a line end that does not exist", api({}, lineText(third.commitment.subarray(0, 6), 5, "API_KEY=hunter2")), "TAMPERED", at],
    ["no key id for the value", api({}, lineText(NEVER, 0, "API_KEY=hunter2")), "TAMPERED", at],
    ["two assignments in one token", api({}, lineText(third.commitment.subarray(0, 6), 0, "API_KEY=1\nEVIL=2")), "TAMPERED", at],
    ["another name inside the token", api({}, lineText(third.commitment.subarray(0, 6), 0, "EVIL=2")), "TAMPERED", at],
    ["invalid UTF-8 inside the token", api({}, join(content.subarray(0, 7), lp(Buffer.from("4150495f4b45593dff", "hex")))), "TAMPERED", at],
    ["two tokens exchanged", swap(base, tokenOf("API_KEY"), tokenOf("LAST")), "TAMPERED", at],
    ["two lines exchanged", swap(base, row("API_KEY"), row("DB_URL")), "TAMPERED", at],
    ["a name changed", base.replace("API_KEY=", "API_KEZ="), "TAMPERED", at],
    ["a token under a second name", base.replace("#end ", `COPY=${tokenOf("LAST")}\n\n#end `), "TAMPERED", last],
    ["the first assignment removed", without("API_KEY"), "TAMPERED", lineOf("DB_URL") - 2],
    ["an assignment removed", without("DB_URL"), "TAMPERED", lineOf("PORT") - 2],
    ["the last assignment removed", without("LAST"), "TAMPERED", last - 2],
    ["a comment's token as a value", withToken(comment.slice(2)), "TAMPERED", at],
    ["a value's token as a comment", base.replace(comment, `# ${tokenOf("API_KEY")}`), "TAMPERED", 2, "a boot leaves comments closed"],
    ["a comment's token as the end line", base.replace(end, `#end ${comment.slice(2)}`), "TAMPERED", last],
    ["a secret shown as public", base.replace(row("API_KEY"), `API_KEY='hunter2' # ${tokenOf("API_KEY")}`), "TAMPERED", at],
    ["a public value hidden", base.replace("PORT='3000' # ", "PORT="), "TAMPERED", lineOf("PORT")],
    ["a shown value changed", base.replace("'3000'", "'3001'"), "TAMPERED", lineOf("PORT")],
    ["a token of another vault", withToken(elsewhere({ vaultId: API })), "TAMPERED", at],
    ["a token of another environment", withToken(elsewhere({ key: STAGING, vaultId: STAGE })), "TAMPERED", at],
    ["a token of a key that nobody knows", withToken(elsewhere({ key: UNKNOWN })), "KEY_UNKNOWN", at],
    ["a token of a key below the floor", withToken(elsewhere({ key: oldest })), "BELOW_FLOOR", at],
    ["another version than the key has", withToken(tokenOf("API_KEY").replace("enc:v3", "enc:v2")), "TAMPERED", at],
    [
      "a key id changed to that of an older key",
      withToken(tokenOf("API_KEY").replace(`v3.${third.keyId}`, `v2.${PRODUCTION[1].keyId}`)),
      "TAMPERED",
      at,
    ],
    ["a bit of a token changed", withToken(flipped(tokenOf("API_KEY"))), "TAMPERED", at],
  ];
  return {
    about:
      "Sections 3 to 5: texts of the vault apps/web/.env.production.vault beside the manifest of manifest.json, each refused with this code and line number. " +
      "base is the good one. bootOpens: the boot of an app, which checks less, opens it, and why.",
    base,
    refused: list.map(([about, text, code, line, bootOpens]) => ({ about, code, line, ...(bootOpens && { bootOpens }), vault: text })),
  };
}

function spareBits(token) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)) | 1];
}

/** One bit of the ciphertext's last byte, which holds padding: the content still reads, and must not be believed. */
function flipped(token) {
  const head = token.slice(0, token.lastIndexOf(":") + 1);
  const bytes = Buffer.from(token.slice(head.length), "base64url");
  bytes[bytes.length - 1] ^= 1;
  return head + b64u(bytes);
}

function swap(text, one, other) {
  return text.replace(one, "@@").replace(other, one).replace("@@", other);
}
