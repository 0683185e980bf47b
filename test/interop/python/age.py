"""The part of age v1 (age-encryption.org/v1) that section 6 needs: one X25519 recipient, one chunk of payload."""

import base64
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from notation import Refused, hkdf, mac, same

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for i, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> i & 1 else 0
    return check


def spread(prefix):
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def bech32(prefix, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    check = polymod(spread(prefix) + values + [0] * 6) ^ 1
    values += [check >> 5 * i & 31 for i in reversed(range(6))]
    return prefix + "1" + "".join(ALPHABET[value] for value in values)


def from_bech32(prefix, text):
    if not re.fullmatch(f"{prefix}1[{ALPHABET}]{{58}}", text):
        raise Refused("not a key of age")
    values = [ALPHABET.index(c) for c in text[len(prefix) + 1 :]]
    if polymod(spread(prefix) + values) != 1:
        raise Refused("a key of age with a typing error")
    bits = "".join(f"{value:05b}" for value in values[:-6])
    if "1" in bits[256:]:
        raise Refused("a key of age with left-over bits")
    return int(bits[:256], 2).to_bytes(32, "big")


def recipient_of(identity):
    return X25519PrivateKey.from_private_bytes(identity).public_key().public_bytes_raw()


def b64(data):
    return base64.b64encode(data).decode().rstrip("=")


def from_b64(text):
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if b64(data).encode() != text:
        raise Refused("an age header that is not canonical")
    return data


def encrypt(recipient, payload):
    file_key, ephemeral, nonce = os.urandom(16), X25519PrivateKey.generate(), os.urandom(16)
    share = ephemeral.public_key().public_bytes_raw()
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    wrap = hkdf(secret, share + recipient, "age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    header = f"age-encryption.org/v1\n-> X25519 {b64(share)}\n{b64(body)}\n---".encode()
    tag = b64(mac(hkdf(file_key, b"", "header"), header)).encode()
    sealed = ChaCha20Poly1305(hkdf(file_key, nonce, "payload")).encrypt(bytes(11) + b"\x01", payload, None)
    return header + b" " + tag + b"\n" + nonce + sealed


HEADER = re.compile(rb"(age-encryption\.org/v1\n-> X25519 ([A-Za-z0-9+/]{43})\n([A-Za-z0-9+/]{43})\n---) ([A-Za-z0-9+/]{43})\n")


def decrypt(identity, file):
    match = HEADER.match(file)
    if not match:
        raise Refused("not an age file to one X25519 recipient")
    share, body, tag = (from_b64(part) for part in match.groups()[1:])
    rest = file[match.end() :]
    try:
        secret = X25519PrivateKey.from_private_bytes(identity).exchange(X25519PublicKey.from_public_bytes(share))
        wrap = hkdf(secret, share + recipient_of(identity), "age-encryption.org/v1/X25519")
        file_key = ChaCha20Poly1305(wrap).decrypt(bytes(12), body, None)
        if len(file_key) != 16 or not same(mac(hkdf(file_key, b"", "header"), match.group(1)), tag):
            raise Refused("an age header with a wrong tag")
        key = hkdf(file_key, rest[:16], "payload")
        return ChaCha20Poly1305(key).decrypt(bytes(11) + b"\x01", rest[16:], None)
    except (InvalidTag, ValueError):
        raise Refused("an age file that does not open") from None
