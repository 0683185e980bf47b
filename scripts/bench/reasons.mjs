// Why a row is behind a peer, or over its limit. Which rows are is the run's to say; one that none of these names is listed
// without a reason, so that it is seen.

const REASONS = [
  [
    /^(encrypt|set): (age|git-crypt|sops), 10{3,4}$/,
    "beside the start: the vault that lies there is opened, so that what did not change keeps its token, every value is sealed by itself, and what was sealed is opened again before it is written. Each pass costs 80 µs a value, most of it in node's objects around AES-GCM and HMAC.",
  ],
  [
    /^(decrypt|get|run): (age|git-crypt|sops), 10{3,4}$/,
    "beside the start: every value is opened by itself, 80 µs each, most of it in node's objects around AES-GCM and HMAC; and all of them, since a vault is proved as a whole. age and git-crypt open one text.",
  ],
  [
    /^(encrypt|decrypt|get|run|set): (age|git-crypt|sops)/,
    "a native program: an empty node alone costs more than all that it does. What envseal adds to that start is in the rows of `node -e 0` and `envseal`. age and git-crypt open one file as a whole: no names, no versions, no proof of what belongs to it.",
  ],
  [
    /^boot: dotenv/,
    "it reads a plaintext, or one ciphertext under a key that is given; envseal loads `node:crypto` (4 to 5 ms), opens its own key, proves the manifest and opens each value by itself. What each part costs is in decisions/loader-bundle.md.",
  ],
  [
    /^boot -/,
    "against plain dotenv, which opens nothing: `node:crypto` 4 to 5 ms, compiling 4 ms, first execution of each function 8 ms (decisions/loader-bundle.md).",
  ],
  [
    /^envseal (get|run|set)/,
    "a start is what it costs, not the work: node's own modules and compiling ours are nearly all that is over an empty node (decisions/loader-bundle.md). At 1,000 values they open all of them, since a vault is proved as a whole.",
  ],
  [/^envseal --version/, "node's own start of a program with a file to read, and an option parser: 15 to 20 ms at most."],
  [/^envseal log,/, "git prints text that lies there; of each commit, envseal opens what changed and says whose key opens it."],
  [/^envseal diff/, "two starts of git for the other side, and two vaults of 1,000 values opened; the rest is node's start."],
  [/^hook pre-commit, 50 MB/, "50 MB are inflated, which git does in the same time, and searched for 1,000 values in all their forms."],
  [/^commit, envseal's hooks/, "one more start of git, and the hooks' own 110 kB."],
  [
    /^scan --history/,
    "every object in all forms and views of 100 values, beside git that only reads it: a node that drops what git writes takes 1.7 times as much CPU already (decisions/guards.md).",
  ],
  [
    /^@dotenvx/,
    "5.9 MB of it are noble's three packages, with their sources and maps: the portable build and age-encryption need them, and an app's bundler takes of them what it uses.",
  ],
  [
    /^(age|git-crypt|gitleaks|sops|dotenv@)/,
    "one program's file, or a parser without encryption: no prompts, no age, no portable cryptography for runtimes that have none.",
  ],
];

/** @param {[string, { cells: unknown[], missed: string }[]][]} tables heading and rows @returns the lines of the page */
export function behind(tables) {
  const lines = tables.flatMap(([heading, rows]) =>
    rows.filter(({ missed }) => missed !== "").map(({ cells, missed }) => ({ heading, name: String(cells[0]), count: cells[1], missed })),
  );
  const reasonOf = ({ name, count }) => REASONS.find(([pattern]) => pattern.test(`${name}, ${count}`))?.[1] ?? "**not known**";
  const groups = new Map();
  for (const line of lines) groups.set(reasonOf(line), [...(groups.get(reasonOf(line)) ?? []), line]);
  if (groups.size === 0) return "Nowhere.";
  return [...groups]
    .map(([reason, list]) => {
      const shown = list.map(
        ({ heading, name, count, missed }) => `  - ${name}${typeof count === "number" ? `, ${count}` : ""} (${heading}): ${missed}`,
      );
      return `- ${reason[0]?.toUpperCase()}${reason.slice(1)}\n${shown.join("\n")}`;
    })
    .join("\n");
}
