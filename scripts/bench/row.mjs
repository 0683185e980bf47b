// A line of a table, with what it has to hold: the page lists by name what does not, and why (reasons.mjs).

/**
 * @param {(string | number)[]} cells
 * @param {string} [missed] what is not held, with its figures: "2.10 × node, limit 2"; empty where all is
 */
export const row = (cells, missed = "") => ({ cells, missed });

/** @returns what is missed where the figure is above its limit: a number, with the unit or what it is a multiple of */
export const over = (figure, limit, unit) => (limit !== undefined && figure > limit ? `${figure.toFixed(2)} ${unit}, limit ${limit}` : "");

/** A markdown table of names and rows. */
export const table = (names, rows) =>
  [names, names.map(() => "---"), ...rows.map(({ cells }) => cells)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
