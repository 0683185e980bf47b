// What a terminal shows, as an SVG picture: the raw output goes through a terminal emulator, colours and redrawn lines included.
import headless from "@xterm/headless";

const NORMAL = ["#484f58", "#ff7b72", "#7ee787", "#d29922", "#79c0ff", "#d2a8ff", "#56d4dd", "#b1bac4"];
const BRIGHT = ["#6e7681", "#ffa198", "#aff5b4", "#e3b341", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"];
const TEXT = "#c9d1d9";
const WIDTH = 8;
const HEIGHT = 18;
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function colorOf(cell) {
  if (cell.isDim()) return "#8b949e";
  if (!cell.isFgPalette()) return TEXT;
  const color = cell.getFgColor();
  return color < 8 ? NORMAL[color] : color < 16 ? BRIGHT[color - 8] : TEXT;
}

/** The runs of one colour in a line of the screen. */
function runsOf(line, columns) {
  const runs = [];
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    const [text, color] = [cell.getChars() || " ", colorOf(cell)];
    if (runs.at(-1)?.color === color) runs.at(-1).text += text;
    else runs.push({ column, color, text });
  }
  const trimmed = runs.map(({ column, color, text }) => ({
    column: column + text.length - text.trimStart().length,
    color,
    text: text.trim(),
  }));
  return trimmed.filter(({ text }) => text !== "");
}

/** @param {string} raw what a program wrote to its terminal @returns {Promise<string>} */
export async function picture(raw, columns = 100) {
  const terminal = new headless.Terminal({ cols: columns, rows: 40, scrollback: 10_000, allowProposedApi: true });
  await new Promise((done) => terminal.write(raw, done));
  const { active } = terminal.buffer;
  const rows = Array.from({ length: active.length }, (_, index) => runsOf(active.getLine(index), columns));
  while (rows.at(-1)?.length === 0) rows.pop();
  const texts = rows.flatMap((runs, row) =>
    runs.map(({ column, color, text }) => {
      // A typed line stands out.
      const fill = column === 0 && text.startsWith("$ ") ? NORMAL[2] : color;
      return `<text xml:space="preserve" x="${20 + column * WIDTH}" y="${36 + row * HEIGHT}" fill="${fill}">${escaped(text)}</text>`;
    }),
  );
  const [width, height] = [columns * WIDTH + 40, rows.length * HEIGHT + 44];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13.3" style="white-space:pre">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join("\n")}
</svg>
`;
}
