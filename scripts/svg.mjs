// A terminal transcript as an SVG picture.
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** @param {string[]} rows lines as printed; those that start with "$ " are typed */
export function terminalSvg(rows, columns = 100) {
  const lines = rows.flatMap((row) =>
    row.length <= columns
      ? [row]
      : (row.match(new RegExp(`.{1,${columns - 2}}`, "g")) ?? [""]).map((part, index) => (index === 0 ? part : `  ${part}`)),
  );
  const height = lines.length * 18 + 44;
  const width = columns * 8 + 40;
  const body = lines
    .map((line, index) => {
      const color = line.startsWith("$ ") ? "#7ee787" : line.includes("hint:") || line.includes("fix:") ? "#d2a8ff" : "#c9d1d9";
      return `<text x="20" y="${40 + index * 18}" fill="${color}" xml:space="preserve">${escaped(line)}</text>`;
    })
    .join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${body}
</svg>
`;
}
