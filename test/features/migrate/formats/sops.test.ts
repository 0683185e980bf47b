import { createCipheriv } from "node:crypto";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { openArmored } from "../../../../src/age/armored.ts";
import { serialise, valuesOf } from "../../../../src/core/vault/document.ts";
import { openSops } from "../../../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../../../src/features/migrate/formats/sops-file.ts";
import { sopsCase, sopsCases, sopsIdentity, sopsPostQuantum } from "../../../support/peers.ts";

const LABEL = "prod.enc.env";

async function open(file: string, { likeDotenv = false, identity = sopsIdentity() } = {}) {
  const sops = parseSops(Buffer.from(file), LABEL);
  for (const { armored } of sops.age) {
    const dataKey = await openArmored(armored, [identity]);
    if (dataKey !== null) return openSops(sops, dataKey, LABEL, likeDotenv);
  }
  throw new Error("no identity");
}

const text = (document: Parameters<typeof serialise>[0]) => Buffer.from(serialise(document)).toString();
const refusal = (file: string) => expect(open(file)).rejects;
const row = (file: string, name: string) => new RegExp(`^${name}=.*$`, "m").exec(file)?.[0] as string;

describe.each(sopsCases())("a file of sops 3.13.3, %s", (_, real) => {
  it("gives every value as sops has it", async () => {
    const { document, warnings } = await open(real.file);
    expect(warnings.join()).not.toContain("not encrypted");
    expect(Object.fromEntries(valuesOf(document))).toEqual(real.values);
    expect(parse(text(document))).toEqual(real.values);
    const comments = (file: string) => file.split("\n").filter((line) => line.startsWith("#"));
    expect(comments(text(document))).toEqual(comments(real.decrypted));
  });

  it("gives the file that sops decrypt prints, where it is asked for", async () => {
    expect(text((await open(real.file, { likeDotenv: true })).document)).toBe(real.decrypted);
  });
});

describe("sops", () => {
  const real = sopsCase();
  const { file } = real;

  it("opens through a post-quantum recipient, and from a checkout with CRLF", async () => {
    const two = sopsCase("two-recipients");
    expect(Object.fromEntries(valuesOf((await open(two.file, { identity: sopsPostQuantum() })).document))).toEqual(two.values);
    expect(Object.fromEntries(valuesOf((await open(file.replaceAll("\n", "\r\n"))).document))).toEqual(real.values);
  });

  it("names the values that a dotenv loader would read otherwise", async () => {
    const [warning] = (await open(file)).warnings;
    expect(warning).toContain("QUOTED, HASH, MULTI: sealed as SOPS has it");
  });

  const [port, key] = [row(file, "PORT"), row(file, "API_KEY")];
  it.each([
    ["a line taken out", file.replace(`${port}\n`, "")],
    ["lines that changed places", file.replace(port, "~").replace(key, port).replace("~", key)],
    ["an unencrypted value that was changed", sopsCase("unencrypted-suffix").file.replace("LOG_LEVEL=debug", "LOG_LEVEL=trace")],
    ["another time", file.replace(/lastmodified=\d{4}/, "lastmodified=2025")],
    ["no MAC", file.replace(/^sops_mac=.*\n/m, "")],
    ["an empty MAC", file.replace(/^sops_mac=.*$/m, "sops_mac=")],
    ["a MAC over fewer values than it says", sopsCase("mac-only-encrypted").file.replace("sops_mac_only_encrypted=true\n", "")],
    ["a rule that says a sealed value is open", file.replace("suffix=_unencrypted", "suffix=_KEY")],
  ])("refuses %s with TAMPERED", async (_, changed) => {
    expect(changed).not.toBe(file);
    await refusal(changed).toThrowError(expect.objectContaining({ code: "TAMPERED" }));
  });

  it.each([
    ["a value under another name", file.replace("API_KEY=", "OTHER=")],
    ["a changed byte", file.replace(/(DATABASE_URL=ENC\[AES256_GCM,data:.)(.)/, (_, head, char) => head + (char === "A" ? "B" : "A"))],
    ["a value in clear that should be sealed", file.replace(port, "PORT=4000")],
    ["a rule that says an open value is sealed", sopsCase("unencrypted-suffix").file.replace("suffix=_LEVEL", "suffix=_X")],
    ["two rules", file.replace("sops_version", "sops_encrypted_suffix=_KEY\nsops_version")],
    ["the same metadata twice", file.replace("sops_version", "sops_mac=x\nsops_version")],
    ["a line that is no assignment", file.replace(port, "PORT")],
    ["a sealed comment that was changed", file.replace(/^(#ENC\[AES256_GCM,data:.)./, "$1~")],
    ["a wrapped key that was changed", file.replace(/(BEGIN AGE ENCRYPTED FILE-----\\nYWdl.{40})../, "$1AA")],
  ])("refuses %s that it is TAMPERED", async (_, changed) => {
    expect(changed).not.toBe(file);
    await refusal(changed).toThrowError(expect.objectContaining({ code: "TAMPERED" }));
  });

  it.each([
    ["UNSUPPORTED_FORMAT", file.replace("version=3.", "version=4.")],
    ["UNSUPPORTED_FORMAT", file.replaceAll("sops_age__", "sops_pgp__")],
    ["UNSUPPORTED_FORMAT", file.replaceAll("sops_age__", "sops_key_groups__list_0__map_age__")],
    ["UNSUPPORTED_FORMAT", sopsCase("encrypted-regex").file.replace("^(API_KEY", "^(?=[A-Z])(API_KEY")],
    ["UNSUPPORTED_FORMAT", sopsCase("encrypted-regex").file.replace("^(API_KEY", "((API_KEY")],
    ["CONFLICT_MARKERS", `<<<<<<< HEAD\n${file}`],
    ["WRONG_FORMAT", "A=1\n"],
    ["WRONG_FORMAT", "just a text\n"],
    ["WRONG_FORMAT", sopsCase("unencrypted-suffix").file.replace("LOG_LEVEL=", "export LOG_LEVEL=")],
  ])("refuses with %s", async (code, changed) => {
    await refusal(changed).toThrowError(expect.objectContaining({ code, hint: expect.any(String) }));
  });

  it("takes a comment that nobody sealed, and says so", async () => {
    const { document, warnings } = await open(`# mine\n${file}`);
    expect(text(document).startsWith("# mine\n# database\n")).toBe(true);
    expect(warnings[0]).toContain("line 1");
  });

  /** Comments are in no MAC. */
  async function sealedComment(text: Buffer, type = "comment"): Promise<string> {
    const [entry] = parseSops(Buffer.from(file), LABEL).age;
    const dataKey = (await openArmored(entry?.armored as string, [sopsIdentity()])) as Uint8Array;
    const iv = new Uint8Array(32);
    const cipher = createCipheriv("aes-256-gcm", dataKey, iv).setAAD(Buffer.from(":"));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    const parts = [sealed, iv, cipher.getAuthTag()].map((part) => Buffer.from(part).toString("base64"));
    return `#ENC[AES256_GCM,data:${parts[0]},iv:${parts[1]},tag:${parts[2]},type:${type}]`;
  }

  it("looks at what values hold after the MAC has passed, not before", async () => {
    const binary = await sealedComment(Buffer.of(0x20, 0xff, 0xfe));
    await refusal(`${binary}\n${file}`).toThrowError(
      expect.objectContaining({ code: "BAD_VALUE", message: expect.stringContaining("line 1: the comment is not valid UTF-8") }),
    );
    await refusal(`${binary}\n${file.replace(`${port}\n`, "")}`).toThrowError(expect.objectContaining({ code: "TAMPERED" }));
    // A type is in no tag: one that is none is refused as it stands there, and no other says whether it fits.
    await refusal(file.replace(/^(API_KEY=.*)type:str/m, "$1type:bytes")).toThrowError(
      expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
    );
    for (const type of ["int", "bool", "comment"])
      expect(text((await open(file.replace(/^(API_KEY=.*)type:str/m, `$1type:${type}`))).document)).toBe(text((await open(file)).document));
    const { warnings } = await open(file.replace(/^(API_KEY=.*)type:str/m, "$1type:float"));
    expect(warnings.join("\n")).toContain('"API_KEY": a number with a fraction; compare it with what sops prints');
  });

  it("names nothing that stands within a value, where dotenv cannot read it", async () => {
    const odd = `${await sealedComment(Buffer.from("a\u2028SECRETNAME='x"))}\n${file.replace(/^#.*\n/gm, "")}`;
    for (const likeDotenv of [false, true]) {
      const error = await open(odd, { likeDotenv }).catch((caught) => caught);
      expect([error.code, error.cause]).toEqual(["BAD_VALUE", undefined]);
      expect(`${error.message} ${error.hint}`).not.toContain("SECRETNAME");
    }
  });

  it("lets no comment become a line", async () => {
    const comment = await sealedComment(Buffer.from(" a\nB=1\r\nC=2"));
    for (const likeDotenv of [false, true]) {
      const { document } = await open(`${comment}\n${file}`, { likeDotenv });
      expect(text(document).startsWith("# a\n#B=1\n#C=2\n# database\n")).toBe(true);
    }
  });

  it("never quotes a line", async () => {
    const error = await open(file.replace(port, "hunter2hunter2")).catch((caught) => caught);
    expect(JSON.stringify([error.message, error.hint])).not.toContain("hunter2");
  });
});
