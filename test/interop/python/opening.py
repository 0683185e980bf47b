"""FORMAT.md sections 2, 5, 6 and 8: from a secret to an opened vault."""

import re
import zlib

from age import bech32, decrypt, recipient_of
from jsontext import canonical
from notation import DataKey, Refused, VaultKey, from_b64u, is_environment, lp, mac, same, u32, unseal
from tokens import open_vault


TWINS = 32


class KeyString:
    def __init__(self, text):
        match = re.fullmatch("esk_([a-z0-9-]+)_([A-Za-z0-9_-]+)", text.strip("\t\n\v\f\r "))
        if not match or not is_environment(match.group(1)):
            raise Refused("not a key string")
        data = from_b64u(match.group(2))
        if len(data) < 5 or u32(zlib.crc32(match.group(1).encode() + data[:-4])) != data[-4:]:
            raise Refused("a key string with a typing error")
        self.environment, self.type, body = match.group(1), data[0], data[1:-4]
        if (self.type, len(body)) not in ((1, 48), (3, 64)):
            raise Refused("a key string of an unknown type")
        self.pin = body[:16]
        if self.type == 1:
            self.identity = body[16:]
        else:
            self.vault_id, self.version, self.root = body[16:28], int.from_bytes(body[28:32], "big"), body[32:]
            if self.version == 0:
                raise Refused("version 0")


def tag_input(kind, environment, *parts):
    return f"envseal/v1 {kind}".encode() + b"".join(map(lp, (environment, *parts)))


def vault_tag_input(path, environment, vault_id):
    return b"envseal/v1 vault" + lp(path) + lp(environment) + lp(vault_id)


def environment_tag_input(name, entry):
    rest = {part: value for part, value in entry.items() if part not in ("access", "tag")}
    return tag_input("environment", name, canonical(rest))


def check_tag(text, active, manifest_key, data, what):
    _, key_id, tag = text.split(":")
    if key_id != active or not same(mac(manifest_key, data), from_b64u(tag, 32)):
        raise Refused(f"a wrong tag of {what}")


class Environment:
    """An environment of a manifest, opened by an identity, and checked."""

    def __init__(self, manifest, name, identity, pin):
        if name not in manifest["environments"]:
            raise Refused("no such environment")
        self.name, self.entry, self.manifest = name, manifest["environments"][name], manifest
        self.project, self.active = from_b64u(manifest["project"]), self.entry["active"]
        mine = bech32("age", recipient_of(identity))
        names = [who for who, entry in manifest["recipients"].items() if entry["recipient"] == mine and who in self.entry["access"]]
        if not names:
            raise Refused("no access")
        key = self.open_access(names[:TWINS], mine, identity)
        self.check(self.entry["tag"], environment_tag_input(name, self.entry), "the environment")
        self.keys = {self.active: key}
        self.follow_links()
        if not any(same(key.pin, pin) for key in self.keys.values()):
            raise Refused("the pin is not reached")

    def open_access(self, names, mine, identity):
        """By whichever entry is good: somebody may have made up others for the same recipient."""
        refused = None
        for who in names:
            access = self.entry["access"][who]
            try:
                key = self.checked(self.active, decrypt(identity, from_b64u(access["wrapped"][4:])))
                self.manifest_key = key.manifest_key(self.name, self.project)
                self.check(access["tag"], tag_input("access", self.name, who, mine, key.commitment), "the access")
                return key
            except Refused as error:
                refused = error
        raise refused

    def check(self, tag, data, what):
        check_tag(tag, self.active, self.manifest_key, data, what)

    def checked(self, key_id, data):
        if len(data) != 32:
            raise Refused("a data key of another length")
        key = DataKey(data)
        recorded = from_b64u(self.entry["keys"][key_id]["commitment"][5:])
        if not same(key.commitment, recorded):
            raise Refused("a data key with another commitment")
        return key

    def follow_links(self):
        for newer in (todo := [self.active]):
            link_key = self.keys[newer].link_key(self.name, self.project)
            for older, link in self.entry["keys"][newer]["links"].items():
                aad = lp(self.name) + lp(from_b64u(newer)) + lp(from_b64u(older))
                key = self.checked(older, unseal(link_key, from_b64u(link[5:]), aad))
                if older not in self.keys:
                    self.keys[older] = key
                    todo.append(older)

    def above_floor(self, key_id, seen=()):
        if key_id == self.entry["floor"]:
            return True
        links = self.entry["keys"][key_id]["links"]
        return any(self.above_floor(older, (*seen, key_id)) for older in links if older not in seen)

    def key_for(self, vault_id, history=False):
        def find(key_id):
            if key_id not in self.keys or self.entry["keys"][key_id]["state"] == "destroyed":
                raise Refused("a token under a key that nothing leads to")
            if not history and not self.above_floor(key_id):
                raise Refused("a token under a key below the floor")
            key = self.keys[key_id]
            version = self.entry["keys"][key_id]["version"]
            return VaultKey(key.vault_root(self.name, vault_id), key.pin, version)

        return find

    def open(self, path, vault):
        listed = self.manifest["vaults"].get(path)
        if not listed or listed["environment"] != vault.environment or from_b64u(listed["id"]) != vault.id:
            raise Refused("the vault is not listed so")
        self.check(listed["tag"], vault_tag_input(path, self.name, vault.id), "the vault")
        return open_vault(vault, self.key_for(vault.id))


def open_with(manifest, path, vault, secret, pin=None):
    """Secret is a key string, or the bytes of an identity, which needs a pin."""
    if isinstance(secret, KeyString):
        if secret.environment != vault.environment:
            raise Refused("a key string of another environment")
        if secret.type == 3:
            if secret.vault_id != vault.id:
                raise Refused("a key string of another vault")
            key = VaultKey(secret.root, secret.pin, secret.version)

            def find(key_id):
                if key_id != key.id:
                    raise Refused("a token under another key")
                return key

            return open_vault(vault, find)
        secret, pin = secret.identity, secret.pin
    return Environment(manifest, vault.environment, secret, pin).open(path, vault)
