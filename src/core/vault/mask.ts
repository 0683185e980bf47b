/**
 * A vault or a manifest as people read it in a diff: names, key versions, and instead of each sealed text the first eight
 * characters of what it begins with. A token begins with its synthetic nonce, which is keyed and different for each text in
 * each place: enough to see that a line changed, and nothing about its value. Works line by line, on damaged files too;
 * what is not sealed is shown as it stands in git.
 */
export function maskSealed(text: string): string {
  return text
    .replace(/enc:v(\d+)\.[A-Za-z0-9_-]{8}:([A-Za-z0-9_-]{8})[A-Za-z0-9_-]+/g, "<v$1 $2>")
    .replace(/\b(age|aead|hkdf|hmac:[A-Za-z0-9_-]{8}):([A-Za-z0-9_-]{8})[A-Za-z0-9_-]+/g, "$1:$2..");
}
