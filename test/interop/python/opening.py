"""FORMAT.md sections 2, 5, 6 and 8: from a secret to an opened vault."""

import re
import zlib

from age import bech32, decrypt, recipient_of
from authority import Authority
from jsontext import canonical
from notation import DataKey, Refused, VaultKey, from_b64u, is_environment, lp, mac, same, u32, unseal
from tokens import open_vault


TWINS = 32


class KeyString:
    def __init__(self, text):
        match = re.fullmatch("esk_([a-z0-9-]+)_([A-Za-z0-9_-]+)", text.strip("\t\n\v\f\r "))
        if not match or not (is_environment(match.group(1)) or match.group(1) == "all"):
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
            if self.environment == "all":
                raise Refused("a key string of one vault for every environment")
            self.vault_id, self.version, self.root = body[16:28], int.from_bytes(body[28:32], "big"), body[32:]
            if self.version == 0:
                raise Refused("version 0")


def tag_input(kind, environment, *parts):
    return f"envseal/v1 {kind}".encode() + b"".join(map(lp, (environment, *parts)))


def settings_tag_input(name, settings):
    return tag_input("settings", name, canonical({part: value for part, value in settings.items() if part != "tag"}))


def vault_tag_input(path, environment, vault_id, below=None):
    return b"envseal/v1 vault" + lp(path) + lp(environment) + lp(vault_id) + lp(canonical(below or {}))


HARMLESS = ("created", "scheduled", "merge")


def trusted(manifest, pin):
    """The authority, checked from a pin on; without one, nothing is known of it but that its own admins signed it."""
    authority = Authority(from_b64u(manifest["project"]), manifest["authority"])
    if pin is None:
        authority.check_whole()
    else:
        authority.check_from(pin)
    return authority


class Environment:
    """An environment of a manifest, whose authority is trusted, opened by its active data key, and checked."""

    def __init__(self, manifest, authority, name, data_key):
        entry = entry_of(manifest, authority, name)
        self.project, self.name, self.manifest, self.authority = authority.project, name, manifest, authority
        self.statement, self.access, self.settings = entry["statement"], entry["access"], entry["settings"]
        self.active = self.statement["active"]
        problem = authority.statement_problem(name, self.statement)
        if problem:
            raise Refused("a statement that does not count: " + problem)
        self.keys = {self.active: self.checked(self.active, data_key)}
        self.follow_links()
        self.check(self.settings["tag"], settings_tag_input(name, self.settings), "the settings")
        self.refuse_reserved()

    def refuse_reserved(self):
        """What this reader does not know how to follow. An entry or listing has a say where it counts."""
        head = self.authority.head
        found = [
            "extends" in head["environments"][self.name],
            "groups" in head,
            "postQuantum" in self.statement,
            "inherits" in self.settings or "expand" in self.settings,
            any("until" in self.access[who] and self.counts(who) for who in self.access),
            any("below" in vault and self.lists(path) for path, vault in self.manifest["vaults"].items()),
        ]
        if any(found):
            raise Refused("a member that is reserved")

    def counts(self, who):
        return self.authority.entry_problem(self.name, self.statement["revision"], who, self.access[who]) is None

    def access_state(self, who):
        """genuine, waiting (for anybody who holds the key), outdated (until an admin signs it again) or spoiled."""
        entry = self.access[who]
        problem = self.authority.entry_problem(self.name, self.statement["revision"], who, entry)
        if problem:
            return "outdated" if problem == "replaced" else "spoiled"
        _, key_id, mark = entry["tag"].split(":") if "tag" in entry else ("", "", "")
        if key_id == self.active:
            key = self.keys[key_id]
            data = tag_input("access", self.name, who, entry["recipient"], key.commitment)
            right = same(mac(key.manifest_key(self.name, self.project), data), from_b64u(mark, 32))
            return "genuine" if right else "spoiled"
        cut = max((key["revision"] for key in self.statement["keys"].values() if key["reason"] not in HARMLESS), default=0)
        return "waiting" if entry["since"] >= cut else "outdated"

    def check(self, tag, data, what):
        """Under any key at or above the floor."""
        _, key_id, mark = tag.split(":")
        known = key_id in self.keys and self.statement["keys"][key_id]["state"] != "destroyed" and self.above_floor(key_id)
        if not known or not same(mac(self.keys[key_id].manifest_key(self.name, self.project), data), from_b64u(mark, 32)):
            raise Refused(f"a wrong tag of {what}")

    def checked(self, key_id, data):
        if len(data) != 32:
            raise Refused("a data key of another length")
        key = DataKey(data)
        recorded = from_b64u(self.statement["keys"][key_id]["commitment"][5:])
        if not same(key.commitment, recorded):
            raise Refused("a data key with another commitment")
        return key

    def follow_links(self):
        for newer in (todo := [self.active]):
            link_key = self.keys[newer].link_key(self.name, self.project)
            for older, link in self.statement["keys"][newer]["links"].items():
                aad = lp(self.name) + lp(from_b64u(newer)) + lp(from_b64u(older))
                key = self.checked(older, unseal(link_key, from_b64u(link[5:]), aad))
                if older not in self.keys:
                    self.keys[older] = key
                    todo.append(older)

    def above_floor(self, key_id, seen=()):
        if key_id == self.statement["floor"]:
            return True
        links = self.statement["keys"][key_id]["links"]
        version = self.statement["keys"][key_id]["version"]
        lower = [older for older in links if self.statement["keys"][older]["version"] < version]
        return any(self.above_floor(older, (*seen, key_id)) for older in lower if older not in seen)

    def key_for(self, vault_id, history=False):
        def find(key_id):
            if key_id not in self.keys or self.statement["keys"][key_id]["state"] == "destroyed":
                raise Refused("a token under a key that nothing leads to")
            if not history and not self.above_floor(key_id):
                raise Refused("a token under a key below the floor")
            key = self.keys[key_id]
            version = self.statement["keys"][key_id]["version"]
            return VaultKey(key.vault_root(self.name, vault_id), key.pin, version)

        return find

    def lists(self, path):
        """True where the listing is of this environment, and its tag is right."""
        entry = self.manifest["vaults"][path]
        try:
            self.check(entry["tag"], vault_tag_input(path, self.name, from_b64u(entry["id"]), entry.get("below")), "the vault")
        except Refused:
            return False
        return entry["environment"] == self.name

    def open(self, path, vault):
        listed = self.manifest["vaults"].get(path)
        if not listed or listed["environment"] != vault.environment or from_b64u(listed["id"]) != vault.id:
            raise Refused("the vault is not listed so")
        if not self.lists(path):
            raise Refused("a wrong tag of the vault")
        return open_vault(vault, self.key_for(vault.id))


def entry_of(manifest, authority, name):
    if name not in authority.head["environments"] or name not in manifest["environments"]:
        raise Refused("no such environment")
    return manifest["environments"][name]


def unlock(manifest, name, identity, pin):
    """By whichever entry is good: somebody may have made up others for the same recipient."""
    authority = trusted(manifest, pin)
    mine, access = bech32("age", recipient_of(identity)), entry_of(manifest, authority, name)["access"]
    refused = Refused("no access")
    for who in [who for who, entry in access.items() if entry["recipient"] == mine][:TWINS]:
        try:
            if "wrapped" not in access[who]:
                raise Refused("the entry waits")
            environment = Environment(manifest, authority, name, decrypt(identity, from_b64u(access[who]["wrapped"][4:])))
            if environment.access_state(who) == "genuine":
                return environment
            raise Refused("an access entry that does not count")
        except Refused as error:
            refused = error
    raise refused


def open_with(manifest, path, vault, secret, pin=None):
    """Secret is a key string, or the bytes of an identity, whose pin comes from elsewhere; without one nothing is known of the authority."""
    if isinstance(secret, KeyString):
        if secret.environment not in (vault.environment, "all"):
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
    return unlock(manifest, vault.environment, secret, pin).open(path, vault)
