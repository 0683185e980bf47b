"""FORMAT.md section 6, statements and signatures: Ed25519, what is signed, digests."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jsontext import canonical
from notation import b64u, from_b64u, hkdf, lp

FIELD, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
SMALL = {
    *(n.to_bytes(32, "little") for n in (0, 1, FIELD - 1)),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}


def is_signer(key):
    y = key[:31] + bytes([key[31] & 127])
    return int.from_bytes(y, "little") < FIELD and y not in SMALL


def seed_of(identity, project):
    clamped = bytes([identity[0] & 248]) + identity[1:31] + bytes([identity[31] & 127 | 64])
    return hkdf(clamped, project, b"envseal/v1 signing")


def signer_of(seed):
    return "ed25519:" + b64u(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


def signed_bytes(kind, project, environment, members):
    rest = {name: value for name, value in members.items() if name != "signatures"}
    return lp("envseal/v1 sign " + kind) + lp(project) + lp(environment) + lp(canonical(rest))


def sign(seed, name, kind, project, environment, members):
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(signed_bytes(kind, project, environment, members))
    return {**members, "signatures": {name: "ed25519:" + b64u(signature)}}


def holds(signer, signature, data):
    """OpenSSL checks the equation without the cofactor."""
    key, signature = from_b64u(signer[8:], 32), from_b64u(signature[8:], 64)
    if not is_signer(key) or not is_signer(signature[:32]) or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
        return True
    except (InvalidSignature, ValueError):
        return False


def digest(data):
    return hashlib.sha256(data).digest()


def fingerprint(recipient, signer=""):
    text = digest(b"envseal/v1 fingerprint" + lp(recipient) + lp(signer))[:10].hex()
    return "-".join(text[at : at + 4] for at in range(0, 20, 4))
