"""FORMAT.md sections 3 to 6, the other way: a vault from a plaintext, and a manifest round it."""

import os
import re
from fnmatch import fnmatchcase

from age import bech32, encrypt, from_bech32, recipient_of
from dotenv import ENDS, cut, read, usual_end
from jsontext import written
from notation import DataKey, Refused, VaultKey, b64u, from_b64u, lp, mac, seal, text_of
from opening import settings_tag_input, tag_input, vault_tag_input
from signing import digest, seed_of, sign, signed_bytes, signer_of
from tokens import content_of, seal_token
from vaultfile import COMMENT, END, PUBLIC, SECRET, show


def write_vault(environment, vault_id, data_key, version, plaintext, public=()):
    """A first vault: every value since this key."""
    key = VaultKey(data_key.vault_root(environment, vault_id), data_key.pin, version)
    text = text_of(plaintext, "the file")
    marked = text.startswith("\ufeff")
    text = text[1:] if marked else text
    if "\0" in text:
        raise Refused("NUL in the file")
    rows = cut(text)
    usual, previous = usual_end(rows), ""
    last = {row.name: i for i, row in enumerate(rows) if row.name}
    if "__proto__" in last:
        raise Refused("a name that is not read")

    def token(kind, name, before, content):
        return f"enc:v{version}.{key.id}:{b64u(seal_token(environment, vault_id, key, kind, name, before, content))}"

    out = [f"# envseal:1 {environment} {b64u(vault_id)}"]
    for i, row in enumerate(rows):
        end = 4 if row.end is None else 0 if row.end in ("", usual) else ENDS[row.end]
        if row.raw == "" and row.end == usual:
            out.append("#")
        elif row.name is None or last[row.name] != i:
            out.append("# " + token(COMMENT, "", "", content_of(bytes(6), end, row.raw)))
        else:
            shown = show(row.value) if any(fnmatchcase(row.name, pattern) for pattern in public) else None
            sealed = token(SECRET if shown is None else PUBLIC, row.name, previous, content_of(key.pin[:6], end, row.raw))
            out += [f"{row.name}={sealed}" if shown is None else f"{row.name}={shown} # {sealed}", ""]
            previous = row.name
    bare = bool(rows) and rows[-1].end == ""
    flags = marked | ENDS[usual] << 1 | bare << 3
    out.append("#end " + token(END, "", previous, bytes([flags])))
    return "\n".join(out) + "\n"


def make_project(files, people, public, now):
    """
    A project of one environment for each file: path -> plaintext. people: names, each given a new identity; the first is the
    one admin, and the second rotated every environment once.
    """
    project, keys, identities = os.urandom(12), {}, {name: os.urandom(32) for name in people}
    seeds = {name: seed_of(identity, project) for name, identity in identities.items()}
    manifest = {"envseal": 1, "project": b64u(project), "recipients": {}, "environments": {}, "vaults": {}}
    for name, identity in identities.items():
        address, signer = bech32("age", recipient_of(identity)), signer_of(seeds[name])
        manifest["recipients"][name] = {"recipient": address, "signer": signer, "added": now[:10]}
    names = {path: re.fullmatch("(?:.*/)?\\.env(?:\\.([a-z0-9-]+))?\\.vault", path).group(1) or "default" for path in files}
    manifest["authority"] = make_authority(project, people, manifest["recipients"], seeds, sorted(set(names.values())))
    vaults = {}
    for path, plaintext in files.items():
        name = names[path]
        if name not in keys:
            keys[name] = old, new = DataKey(os.urandom(32)), DataKey(os.urandom(32))
            manifest["environments"][name] = make_environment(name, project, old, new, manifest["recipients"], seeds, public, now)
        new, vault_id = keys[name][1], os.urandom(12)
        mark = mac(new.manifest_key(name, project), vault_tag_input(path, name, vault_id))
        manifest["vaults"][path] = {"environment": name, "id": b64u(vault_id), "tag": f"hmac:{new.id}:{b64u(mark)}"}
        vaults[path] = write_vault(name, vault_id, new, 2, plaintext, public)
    secrets = {name: bech32("age-secret-key-", identity).upper() for name, identity in identities.items()}
    pins = [b64u(digest(signed_bytes("authority", project, "", one))[:16]) for one in manifest["authority"]]
    return {"manifest": written(manifest).decode(), "vaults": vaults, "identities": secrets, "pins": pins}


def make_authority(project, people, recipients, seeds, environments):
    """Two statements: the second makes a rotator."""
    admin, rotator = people[:2]
    first = {
        "revision": 1,
        "previous": [],
        "admins": {admin: {part: recipients[admin][part] for part in ("recipient", "signer")}},
        "rotators": {},
        "environments": {name: {"lowest": 1} for name in environments},
    }
    before = "sha256:" + b64u(digest(signed_bytes("authority", project, "", first)))
    rotators = {rotator: {"signer": recipients[rotator]["signer"], "environments": environments}}
    second = {**first, "revision": 2, "previous": [before], "rotators": rotators}
    return [sign(seeds[admin], admin, "authority", project, "", one) for one in (first, second)]


def make_environment(name, project, old, new, recipients, seeds, public, now):
    """Two keys, so that a link is read too. The settings are from before the rotation."""
    admin, rotator = list(recipients)[:2]

    def key(data, version, state, links):
        commitment = "hkdf:" + b64u(data.commitment)
        entry = {"version": version, "revision": version, "state": state, "created": now, "commitment": commitment, "links": links}
        return {**entry, "reason": "created" if version == 1 else "scheduled", "history": [{"state": state, "at": now}]}

    def tag(key, data):
        return f"hmac:{key.id}:{b64u(mac(key.manifest_key(name, project), data))}"

    aad = lp(name) + lp(from_b64u(new.id)) + lp(from_b64u(old.id))
    link = "aead:" + b64u(seal(new.link_key(name, project), old.data, aad))
    keys = {old.id: key(old, 1, "deactivated", {}), new.id: key(new, 2, "active", {old.id: link})}
    statement = {"revision": 2, "active": new.id, "floor": old.id, "keys": keys}
    settings = {"revision": 1, "public": list(public), "required": [], "allow": [], "cryptoperiodDays": 365}
    access = {}
    for who, entry in recipients.items():
        members = {"recipient": entry["recipient"], "kind": "person", "since": 1, "direct": True}
        signed = sign(seeds[admin], admin, "access", project, name, {**members, "name": who})
        mark = tag(new, tag_input("access", name, who, entry["recipient"], new.commitment))
        wrapped = "age:" + b64u(encrypt(from_bech32("age", entry["recipient"]), new.data))
        access[who] = {**members, "signatures": signed["signatures"], "wrapped": wrapped, "tag": mark}
    return {
        "statement": sign(seeds[rotator], rotator, "environment", project, name, statement),
        "access": access,
        "settings": {**settings, "tag": tag(old, settings_tag_input(name, settings))},
    }
