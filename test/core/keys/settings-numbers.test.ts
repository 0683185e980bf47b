import { expect, it } from "vitest";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { taggerOf, withSettings, withSettingsTagged } from "../../../src/core/keys/manifest-edits.ts";
import { MAX_VERSION } from "../../../src/core/limits.ts";
import { manifestChanges } from "../../../src/core/manifest/manifest-diff.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { mergeSettings } from "../../../src/core/merging/merge-settings.ts";
import { keyOf, manifestOf } from "../../support/manifests.ts";

const manifest = manifestOf();
const tagger = taggerOf(keyOf(1), manifest.project, "default");
const settingsOf = ({ environments }: Manifest) => (environments.default as Manifest["environments"][string]).settings;
const at = (revision: number) => withSettingsTagged(manifest, tagger, { ...settingsOf(manifest), revision });
const illegal = (before: Manifest, after: Manifest) => manifestChanges(before, after).flatMap(({ legal, text }) => (legal ? [] : text));

it("settings can be changed and joined where a member used up their revisions", () => {
  const used = at(MAX_VERSION);
  const changed = withSettings(used, tagger, { required: ["A"] });
  const read = parseManifest(serialiseManifest(changed));
  expect(new Keyring(read, "default", keyOf(1)).settings).toMatchObject({ required: ["A"], revision: MAX_VERSION });
  expect(illegal(used, changed)).toEqual([]);
  const [ours, theirs] = [changed, withSettings(used, tagger, { public: ["B"] })].map(settingsOf);
  const sides = { base: settingsOf(used), ours: ours as never, theirs: theirs as never };
  expect(
    mergeSettings(
      "default",
      sides,
      () => "ours",
      () => true,
    ).settings,
  ).toMatchObject({
    required: ["A"],
    public: ["B"],
    revision: MAX_VERSION,
  });
});

it("a jump to the end of the revisions is no change that envseal makes", () => {
  expect(illegal(manifest, at(MAX_VERSION))).toEqual([expect.stringContaining("that uses up the numbers there are")]);
  expect(illegal(manifest, at(1 << 20))).toEqual([]);
});
