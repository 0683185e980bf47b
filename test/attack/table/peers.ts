import { dotenv, dotenvx, evasion, forged, gitCrypt, type Section, sops, tamper } from "./row.ts";

export const AGAINST_PEERS: Section = {
  title: "Attacks that others let through",
  about: "Somebody who can write to the repository and has no private key, unless the row says more.",
  rows: [
    {
      id: "P1",
      attack: "two values of one file change places",
      does: "refused: MOVED_VALUE",
      tests: tamper("swaps", "T1: two values change places"),
      peers: [
        dotenvx("accepted in silence", "T1: two values change places: accepted in silence"),
        sops("refused", "two values change places: refused"),
      ],
    },
    {
      id: "P2",
      attack: "a line is deleted",
      does: "refused: TAMPERED",
      tests: tamper("swaps", "T2: the line of API_KEY= is deleted", "T2: the line of LAST= is deleted"),
      peers: [
        dotenvx("accepted in silence", "T2: a line is deleted: accepted in silence"),
        sops("accepted in silence where its value is empty", "an empty name is deleted: accepted in silence"),
      ],
    },
    {
      id: "P3",
      attack: "a secret is copied to a name that reaches the browser",
      does: "refused: MOVED_VALUE",
      tests: tamper("swaps", "T3: a secret is copied to a name that reaches the browser", "T3: a secret takes the place of a public value"),
      peers: [dotenvx("accepted in silence", "T3: a secret is copied to a public name: accepted in silence")],
    },
    {
      id: "P4",
      attack: "ciphertext of another environment, file or key is pasted",
      does: "refused: MOVED_VALUE or KEY_UNKNOWN",
      tests: tamper(
        "swaps",
        "T4: a token of another environment is pasted",
        "a token of another vault of the same environment is pasted",
        "a token of another project is pasted",
      ),
      peers: [
        dotenvx(
          "the app starts, with ciphertext for a value",
          "T4: ciphertext of another key: the app starts, with the ciphertext for a value",
        ),
        dotenv("accepted in silence under one key", "a blob moved to another environment of the same key: accepted in silence"),
      ],
    },
    {
      id: "P5",
      attack: "an earlier value is put back",
      does: "accepted between the same neighbours; found by `check --range`; refused after `rotate --fence`",
      tests: [
        ...tamper("accepted", "residue T5: one value set back, between the same neighbours"),
        ...tamper("rotations", "one line from before it"),
        "e2e/range.test.ts#finds a value that had been replaced and is back by its very token, and names that are gone",
      ],
      peers: [
        dotenvx("accepted in silence", "T5: an earlier value is put back: accepted in silence"),
        dotenv("accepted in silence", "a whole earlier blob is put back: accepted in silence"),
        gitCrypt("accepted in silence", "an old file is put back: accepted in silence"),
      ],
    },
    {
      id: "P6",
      attack: "a value is added with public keys alone (NODE_OPTIONS, LD_PRELOAD)",
      does: "refused: MALFORMED_VAULT or MOVED_VALUE",
      tests: tamper("plaintext", "T6: NODE_OPTIONS in clear", "T6: NODE_OPTIONS with a real token", "SOPS: LD_PRELOAD in clear"),
      peers: [
        dotenvx("accepted in silence", "T6: whoever has the public key alone sets NODE_OPTIONS: accepted in silence"),
        sops("a name in clear is renamed in silence", "a name in clear is renamed: accepted in silence"),
      ],
    },
    {
      id: "P7",
      attack: "a secret is replaced by plaintext",
      does: "refused: MALFORMED_VAULT",
      tests: tamper("plaintext", "T7: a plaintext override", "a quoted plaintext override", "an emptied value"),
      peers: [dotenvx("accepted in silence", "T7: a value is replaced by plaintext: accepted in silence")],
    },
    {
      id: "P8",
      attack: "a duplicate behind a secret overrides it",
      does: "refused: MALFORMED_VAULT",
      tests: tamper("plaintext", "T8: a plaintext duplicate behind", "SOPS: an empty duplicate at the end of the file"),
      peers: [
        dotenvx("accepted in silence", "T8: a plaintext duplicate behind: accepted in silence"),
        sops("accepted in silence where it is empty", "an empty duplicate behind a secret: accepted in silence"),
      ],
    },
    {
      id: "P9",
      attack: "a line with a command substitution",
      does: "refused: MALFORMED_VAULT; sealed ones are text",
      tests: [...tamper("plaintext", "T9: a command substitution"), "e2e/commands/values.test.ts#what a shell would expand"],
      peers: [dotenvx("the command is executed", "T9: a command substitution: accepted in silence")],
    },
    {
      id: "P10",
      attack: "a byte is flipped, or the file cut off",
      does: "refused: TAMPERED or MALFORMED_VAULT, and the app does not start",
      tests: tamper("form", "T10: the last bits of a tag flipped", "cut off at every line border", "cut off at 50 offsets"),
      peers: [
        dotenvx("the app starts, with ciphertext for a value", "T10: a byte is flipped: the app starts, with the ciphertext for a value"),
        dotenv("refused", "a flipped byte: refused"),
      ],
    },
    {
      id: "P11",
      attack: "the public key or the recipients in the repository are the attacker's",
      does: "refused: PIN_MISMATCH; a recipient slipped in gets nothing from a rotation",
      tests: [
        ...tamper("remade", "T12: the environment made anew for the same people", "a recipient slipped in gets nothing from a rotation"),
        ...forged("an added recipient", "a whole environment made anew with everyone's public recipients"),
      ],
      peers: [
        dotenvx(
          "the next secret is encrypted to the attacker",
          "T12: the public key is replaced by the attacker's: the next secret is encrypted to the attacker",
        ),
        sops("gets the new data key", "a recipient slipped in gets the new key of the next rotation"),
      ],
    },
    {
      id: "P12",
      attack: "no key, or a wrong one, at boot",
      does: "refused: NO_KEY, NO_ACCESS or WRONG_KEY, and the app does not start",
      tests: tamper("keys", "none", "T13: the identity of a stranger", "of another environment"),
      peers: [
        dotenvx("the app starts, with ciphertext for a value", "T13: no key at hand: the app starts, with the ciphertext for a value"),
      ],
    },
    {
      id: "P13",
      attack: "the encrypted file is missing",
      does: "refused: NO_VAULT",
      tests: tamper("places", "the vault is missing"),
      peers: [dotenv("a plaintext .env is used in silence", "the vault is missing: falls back to a plaintext .env in silence")],
    },
    {
      id: "P14",
      attack: "conflict markers stand in the file",
      does: "refused: CONFLICT_MARKERS, at boot and at the commit",
      tests: [...tamper("form", "conflict markers"), ...evasion("a vault with conflict markers")],
      peers: [
        dotenvx("accepted in silence", "conflict markers: accepted in silence"),
        gitCrypt("our side stands there without markers", "a conflict: our side stands there without markers"),
      ],
    },
    {
      id: "P15",
      attack: "a new empty name (AUTH_REQUIRED=), or an empty one deleted",
      does: "refused: MALFORMED_VAULT or TAMPERED",
      tests: tamper("plaintext", "SOPS: a new empty name", "SOPS: an empty name is deleted"),
      peers: [sops("accepted in silence", "a new empty name: accepted in silence")],
    },
    {
      id: "P16",
      attack: "bytes move between neighbouring values in clear",
      does: "refused: TAMPERED",
      tests: tamper("plaintext", "SOPS: bytes move between neighbouring public values", "a public value that shows something else"),
      peers: [sops("accepted in silence", "bytes move between neighbouring values in clear: accepted in silence")],
    },
    {
      id: "P17",
      attack: "a comment is replaced by plaintext",
      does: "refused: MALFORMED_VAULT",
      tests: tamper("plaintext", "SOPS: a plaintext comment"),
      peers: [sops("accepted in silence", "a comment is replaced by plaintext: accepted in silence")],
    },
    {
      id: "P18",
      attack: "a whole file is forged with what is public",
      does: "refused: PIN_MISMATCH",
      tests: tamper("remade", "T12: the environment made anew for the same people", "the same for a deploy key"),
      peers: [
        sops("accepted in silence", "a whole file is forged with the public recipient alone, and an old one put back: accepted in silence"),
      ],
    },
    {
      id: "P19",
      attack: "a clone in which nothing was set up commits plaintext",
      does: "stopped by `check --range` in CI",
      tests: evasion("hooks switched off, then pushed", "push --no-verify"),
      peers: [
        gitCrypt(
          "committed in plaintext, without a word",
          "a clone that was never unlocked commits a new file: in plaintext, without a word",
        ),
      ],
    },
    {
      id: "P20",
      attack: "a key is lost to a leaver: it has to be replaced, and old commits must stay readable",
      does: "`revoke` and `rotate`; every old commit opens",
      tests: [
        "e2e/keys/destroy.test.ts#says what goes dark, keeps a tombstone, links over the gap; the rest of history opens",
        ...tamper("rotations", "a vault from before a rotation that raised the floor"),
      ],
      peers: [dotenvx("no such command", "it has no command to rotate")],
    },
  ],
};
