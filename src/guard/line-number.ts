/** The line (from 1) of a byte in a text, or undefined in what is no text: counting line ends of a binary says nothing. */
export function plainLine(content: Uint8Array, at: number): number | undefined {
  if (content.subarray(0, 8192).includes(0)) return undefined;
  let line = 1;
  for (let index = content.indexOf(0x0a); index !== -1 && index < at; index = content.indexOf(0x0a, index + 1)) line++;
  return line;
}
