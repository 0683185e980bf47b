"""FORMAT.md sections 3 to 6, the other way: a vault from a plaintext, and a manifest round it."""

import os
import re
from fnmatch import fnmatchcase

from age import bech32, encrypt, recipient_of
from dotenv import ENDS, cut, read, usual_end
from jsontext import written
from notation import DataKey, Refused, VaultKey, b64u, from_b64u, lp, mac, seal, text_of
from opening import environment_tag_input, tag_input, vault_tag_input
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
    """A project of one environment for each file: path -> plaintext. people: names, each given a new identity."""
    project, keys, identities = os.urandom(12), {}, {name: os.urandom(32) for name in people}
    manifest = {"envseal": 1, "project": b64u(project), "recipients": {}, "environments": {}, "vaults": {}}
    for name, identity in identities.items():
        manifest["recipients"][name] = {"recipient": bech32("age", recipient_of(identity)), "added": now[:10]}
    vaults = {}
    for path, plaintext in files.items():
        name = re.fullmatch("(?:.*/)?\\.env(?:\\.([a-z0-9-]+))?\\.vault", path).group(1) or "default"
        if name not in keys:
            keys[name] = old, new = DataKey(os.urandom(32)), DataKey(os.urandom(32))
            manifest["environments"][name] = make_environment(name, project, old, new, identities, public, now)
        new, vault_id = keys[name][1], os.urandom(12)
        mark = mac(new.manifest_key(name, project), vault_tag_input(path, name, vault_id))
        manifest["vaults"][path] = {"environment": name, "id": b64u(vault_id), "tag": f"hmac:{new.id}:{b64u(mark)}"}
        vaults[path] = write_vault(name, vault_id, new, 2, plaintext, public)
    secrets = {name: bech32("age-secret-key-", identity).upper() for name, identity in identities.items()}
    pins = {name: b64u(new.pin) for name, (_, new) in keys.items()}
    return {"manifest": written(manifest).decode(), "vaults": vaults, "identities": secrets, "pins": pins}


def make_environment(name, project, old, new, identities, public, now):
    """Two keys, so that a link is read too."""

    def key(data, version, state, links):
        commitment = "hkdf:" + b64u(data.commitment)
        entry = {"version": version, "state": state, "created": now, "commitment": commitment, "links": links}
        return {**entry, "reason": "created" if version == 1 else "scheduled", "history": [{"state": state, "at": now}]}

    aad = lp(name) + lp(from_b64u(new.id)) + lp(from_b64u(old.id))
    link = "aead:" + b64u(seal(new.link_key(name, project), old.data, aad))
    entry = {
        "active": new.id,
        "floor": old.id,
        "keys": {old.id: key(old, 1, "deactivated", {}), new.id: key(new, 2, "active", {old.id: link})},
        "access": {},
        "public": list(public),
        "required": [],
        "allow": [],
        "cryptoperiodDays": 365,
    }
    manifest_key = new.manifest_key(name, project)

    def tag(data):
        return f"hmac:{new.id}:{b64u(mac(manifest_key, data))}"

    entry["tag"] = tag(environment_tag_input(name, entry))
    for who, identity in identities.items():
        recipient = recipient_of(identity)
        mark = tag(tag_input("access", name, who, bech32("age", recipient), new.commitment))
        entry["access"][who] = {"wrapped": "age:" + b64u(encrypt(recipient, new.data)), "tag": mark}
    return entry
