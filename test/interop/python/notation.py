"""FORMAT.md section 1 and 2: bytes, base64url, the primitives, names, and what follows from a data key."""

import base64
import hashlib
import hmac
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refused(Exception):
    """What the format says to refuse. Anything else that is raised is a fault of this reader."""


def u8(n):
    return bytes([n])


def u32(n):
    return n.to_bytes(4, "big")


def utf8(text):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("a lone surrogate") from None


def text_of(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(what + " is not UTF-8") from None


def lp(value):
    data = utf8(value) if isinstance(value, str) else value
    return u32(len(data)) + data


def b64u(data):
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_b64u(text, length=None):
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Refused("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise Refused("base64url with left-over bits")
    if length is not None and len(data) != length:
        raise Refused("a byte string of the wrong length")
    return data


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(prk, info):
    return mac(prk, utf8(info) + b"\x01") if isinstance(info, str) else mac(prk, info + b"\x01")


def hkdf(ikm, salt, info):
    return expand(mac(salt or bytes(32), ikm), info)


def same(one, other):
    return hmac.compare_digest(one, other)


def unseal(key, stored, aad):
    if len(stored) < 28:
        raise Refused("too short for a nonce and a tag")
    try:
        return AESGCM(key).decrypt(stored[:12], stored[12:], aad)
    except InvalidTag:
        raise Refused("does not open") from None


def seal(key, plaintext, aad, nonce=None):
    nonce = nonce or os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


RESERVED = "all local vault file keys me example sample template dist defaults".split()


def is_environment(text):
    return re.fullmatch("[a-z0-9][a-z0-9-]{0,31}", text) is not None and text not in RESERVED


def is_variable(text):
    return re.fullmatch("[A-Za-z0-9_.-]+", text) is not None and text != "__proto__"


def is_recipient_name(text):
    return re.fullmatch("[a-z0-9][a-z0-9._-]{0,63}", text) is not None


class DataKey:
    """A data key and what section 2 derives from it."""

    def __init__(self, data):
        self.data = data
        self.commitment = hkdf(data, b"", "envseal/v1 commitment")
        self.id = b64u(self.commitment[:6])
        self.pin = self.commitment[:16]

    def vault_root(self, environment, vault_id):
        return hkdf(self.data, vault_id, b"envseal/v1 vault" + lp(environment))

    def manifest_key(self, environment, project):
        return hkdf(self.data, project, b"envseal/v1 manifest" + lp(environment))

    def link_key(self, environment, project):
        return hkdf(self.data, project, b"envseal/v1 link" + lp(environment))


class VaultKey:
    """What opens and seals the tokens of one vault under one key version."""

    def __init__(self, root, pin, version):
        self.encrypt, self.nonce = expand(root, "encrypt"), expand(root, "nonce")
        self.pin, self.version = pin, version
        self.id = b64u(pin[:6])
