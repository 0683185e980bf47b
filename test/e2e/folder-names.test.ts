import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { win32 } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isVaultPath } from "../../src/core/manifest/manifest-shape.ts";
import { sealedProject } from "../support/sandbox.ts";

const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";

describe.runIf(process.platform === "linux")("a folder whose name is in decomposed letters, where these are two names", () => {
  it("is said to be so, is not listed, and works when it was renamed", () => {
    const project = sealedProject();
    mkdirSync(project.path(DECOMPOSED));
    writeFileSync(project.path(`${DECOMPOSED}/.env`), "TOKEN=a-value-0123456789\n");
    const before = project.read("envseal.json");
    expect(project.ok(["init", "--yes"]).stderr).toContain("composed letters (Unicode NFC)");
    expect(project.fails(["encrypt", "-f", `${DECOMPOSED}/.env`])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("[BAD_NAME]"),
    });
    expect(project.fails(["set", "A", "-f", `${DECOMPOSED}/.env.vault`], { input: "1" }).stderr).toContain("[BAD_NAME]");
    expect(project.read("envseal.json")).toBe(before);
    renameSync(project.path(DECOMPOSED), project.path(COMPOSED));
    project.ok(["init", "--yes"]);
    expect(Object.keys((JSON.parse(project.read("envseal.json")) as { vaults: object }).vaults)).toContain(`${COMPOSED}/.env.vault`);
    expect(project.ok(["get", "TOKEN", "-f", `${COMPOSED}/.env.vault`]).stdout).toBe("a-value-0123456789\n");
  });
});

describe("the path of a vault on Windows", () => {
  it.each([
    ["C:\\work\\shop", "C:\\work\\shop\\.env.vault", ".env.vault"],
    ["C:\\work\\shop", "C:\\work\\shop\\api\\v1\\.env.prod.vault", "api/v1/.env.prod.vault"],
    ["C:\\Work\\Shop", "c:\\work\\shop\\api\\.env.vault", "api/.env.vault"],
    ["C:/work/shop", "C:/work/shop/api/.env.vault", "api/.env.vault"],
    ["\\\\server\\share\\shop", "\\\\server\\share\\shop\\api\\.env.vault", "api/.env.vault"],
    ["C:\\work\\shop", `C:\\work\\shop\\${DECOMPOSED}\\.env.vault`, `${COMPOSED}/.env.vault`],
  ])("in %s, %s is listed as %s", async (root, path, expected) => {
    const listed = (await onWindows()).listedPath(root, path);
    expect(listed).toBe(expected);
    expect(isVaultPath(listed)).toBe(true);
  });

  it.each([
    ["C:\\work\\shop", "D:\\work\\shop\\.env.vault"],
    ["C:\\work\\shop", "C:\\work\\.env.vault"],
    ["C:\\work\\shop", "C:\\work\\shop2\\.env.vault"],
    ["C:\\work\\shop", "\\\\server\\share\\.env.vault"],
  ])("in %s, %s can be no path of a manifest", async (root, path) => {
    expect(isVaultPath((await onWindows()).listedPath(root, path))).toBe(false);
  });

  it.each(["C:.env.vault", "a\\.env.vault", "/a/.env.vault", "a//.env.vault", "./.env.vault", "a/../.env.vault"])(
    "a manifest lists no %s",
    (path) => {
      expect(isVaultPath(path)).toBe(false);
    },
  );
});

/** The module with Windows' rules for paths. */
async function onWindows(): Promise<typeof import("../../src/project/find.ts")> {
  vi.resetModules();
  vi.doMock("node:path", () => ({ ...win32, default: win32 }));
  try {
    return await import("../../src/project/find.ts");
  } finally {
    vi.doUnmock("node:path");
  }
}
