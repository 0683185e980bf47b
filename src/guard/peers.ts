/** The tools whose files are not plaintext, whatever their names say. */
export const PEERS = ["dotenvx", "dotenv-vault", "sops", "git-crypt"] as const;
export type Peer = (typeof PEERS)[number];

const GIT_CRYPT = Buffer.from("\0GITCRYPT\0", "latin1");

export function isPeer(name: string): name is Peer {
  return (PEERS as readonly string[]).includes(name);
}

/** A blob of git-crypt's clean filter, as a locked work tree shows it. */
export function isGitCrypt(bytes: Uint8Array): boolean {
  return GIT_CRYPT.equals(bytes.subarray(0, GIT_CRYPT.length));
}

/** Which tool encrypted this env file, told by what no plaintext has; null for all else. */
export function detectPeer(bytes: Uint8Array): Peer | null {
  if (isGitCrypt(bytes)) return "git-crypt";
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (/^sops_mac=ENC\[/m.test(text)) return "sops";
  // It holds nothing but its own names; a variable that is called so is none of its files.
  if (/^DOTENV_VAULT_\w+[ \t]*=/m.test(text) && !/^[ \t]*(?:export[ \t]+)?(?!DOTENV_VAULT_)[\w.-]+[ \t]*=/m.test(text))
    return "dotenv-vault";
  // 97 bytes is what the box of an empty value takes.
  return /^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*[=:][ \t]*["'`]?encrypted:[A-Za-z0-9+/]{128}/m.test(text) ? "dotenvx" : null;
}
