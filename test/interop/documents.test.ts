import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { parseDocument, serialise, valuesOf } from "../../src/core/vault/document.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { dotenvText, runs } from "../support/arbitraries.ts";
import { base64, Python, pythonIsHere, pythonNotice } from "../support/python.ts";
import { MemoryProject } from "../support/vaults.ts";

const SEED = 20261121;
const project = new MemoryProject();
const dataKey = Buffer.from(project.dataKey).toString("hex");
const dataKeys = [[dataKey, 1]];

describe.runIf(pythonIsHere)(`generated files and the second reader${pythonNotice}`, () => {
  const python = new Python();
  afterAll(() => python.end());

  it("both write the same vault, and open it", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(dotenvText, fc.boolean(), fc.boolean(), async (body, bom, open) => {
        const bytes = Buffer.from((bom ? "\uFEFF" : "") + body);
        let vault: string;
        try {
          vault = project.seal(bytes, { isPublic: () => open });
        } catch (error) {
          if (!isEnvsealError(error) || error.code !== "MALFORMED_DOTENV") throw error;
          return;
        }
        accepted++;
        const place = { environment: "default", vaultId: b64u(project.vaultId), dataKey, version: 1 };
        const answer = await python.ask({ do: "write", ...place, plaintext: base64(bytes), public: open ? ["*"] : [] });
        expect(answer.vault ?? answer.refused).toBe(vault);
        const opened = await python.ask({ do: "open", vault: base64(vault), dataKeys });
        expect(opened.plaintext).toBe(base64(bytes));
        expect(opened.values).toEqual(Object.fromEntries(valuesOf(parseDocument(bytes).document)));
        expect(Buffer.from(serialise(project.open(answer.vault as string).document)).equals(bytes)).toBe(true);
      }),
      { ...runs(600), seed: SEED },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
