"""FORMAT.md sections 4 and 5: tokens, what they hold, and opening a whole vault."""

from dotenv import TEXT_OF, one_assignment, read
from notation import Refused, from_b64u, lp, mac, same, seal, text_of, u8, u32, unseal
from vaultfile import BLANK, COMMENT, END, PUBLIC

NO_KEY = bytes(6)


def padded_length(n):
    if n <= 64:
        return 64
    if n <= 512:
        return (n + 31) // 32 * 32
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())  # S is floor(log2 E) + 1, which is E's number of bits
    return (n + unit - 1) // unit * unit


def aad_of(environment, vault_id, key, kind, name, previous):
    return (
        b"envseal/v1 token" + lp(environment) + lp(vault_id) + lp(key.pin) + u32(key.version) + u8(kind) + lp(name) + lp(previous)
    )


def nonce_of(key, aad, padded):
    return mac(key.nonce, lp(aad) + lp(padded))[:12]


def pad(plaintext):
    return plaintext + bytes(padded_length(len(plaintext)) - len(plaintext))


def seal_token(environment, vault_id, key, kind, name, previous, plaintext):
    aad, padded = aad_of(environment, vault_id, key, kind, name, previous), pad(plaintext)
    return seal(key.encrypt, padded, aad, nonce_of(key, aad, padded))


def content_of(since, end, raw):
    return since + u8(end) + lp(raw)


def open_token(environment, vault_id, key, line, previous):
    if line.token.version != key.version:
        raise Refused(f"row {line.row} names another version than its key's")
    aad = aad_of(environment, vault_id, key, line.kind, line.name, previous)
    padded = unseal(key.encrypt, line.token.sealed, aad)
    if not same(nonce_of(key, aad, padded), line.token.sealed[:12]):
        raise Refused(f"row {line.row} has another nonce than its own")
    if line.kind == END:
        length = 1
    else:
        if len(padded) < 11:
            raise Refused(f"row {line.row} is too short")
        length = 11 + int.from_bytes(padded[7:11], "big")
    if length > len(padded) or padded != pad(padded[:length]):
        raise Refused(f"row {line.row} is padded wrongly")
    return padded[:length]


class Opened:
    def __init__(self, line, plaintext):
        self.line, self.since, self.end = line, plaintext[:6], plaintext[6]
        self.raw = text_of(plaintext[11:], "a sealed text")
        if self.end > 4:
            raise Refused(f"row {line.row} has an unknown line end")
        if line.kind == COMMENT:
            if self.since != NO_KEY:
                raise Refused(f"row {line.row}: a comment has no key of its own")
            return
        if self.since == NO_KEY:
            raise Refused(f"row {line.row} was first sealed under no key")
        row = one_assignment(self.raw)
        if row.name != line.name:
            raise Refused(f"row {line.row} seals another name")
        if line.kind == PUBLIC and row.value != line.shown:
            raise Refused(f"row {line.row} shows another value")
        self.value = row.value


def open_vault(vault, find_key):
    """The plaintext and its values. find_key gives the vault key for a key id, or refuses."""
    pieces, previous, values = [], "", {}
    for line in vault.lines:
        if line.kind == BLANK:
            pieces.append(("", 0))
            continue
        key = find_key(line.token.key_id)
        opened = Opened(line, open_token(vault.environment, vault.id, key, line, "" if line.kind == COMMENT else previous))
        pieces.append((opened.raw, opened.end))
        if line.kind != COMMENT:
            previous = line.name
            values[line.name] = opened.value
    key = find_key(vault.end.token.key_id)
    flags = open_token(vault.environment, vault.id, key, vault.end, previous)[0]
    usual, bare = flags >> 1 & 3, flags >> 3 & 1
    if usual == 0 or flags >> 4:
        raise Refused("unknown flags")
    ends = {0: TEXT_OF[usual], 4: "", **TEXT_OF}
    text = "".join(raw + ends[end] for raw, end in pieces[:-1])
    if pieces:
        raw, end = pieces[-1]
        text += raw + ("" if bare else ends[end])
    if read(text) != values:
        raise Refused("the rows together set other values than each by itself")
    return ("\ufeff" if flags & 1 else "") + text, values
