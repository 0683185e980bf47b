import { paddedLength } from "./token.mjs";

export function padding() {
  const lengths = [0, 1, 63, 64, 65, 96, 97, 128, 511, 512, 513, 544, 545, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 65535];
  lengths.push(65536, 65537, 1048575, 1048576, 1048577, 16777216);
  return {
    about: "Section 4, padding: length of the plaintext and of the padded plaintext, in bytes.",
    lengths: lengths.map((length) => [length, paddedLength(length)]),
  };
}
