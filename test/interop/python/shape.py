"""FORMAT.md sections 6 and 7: the shape of a manifest, and what else holds between its parts."""

import re
import unicodedata

import statements
from authority import Authority
from forms import REASONS, STATES, address, age_file, data, date, instant, is_group, is_text, need, note, number, obj
from forms import revision, signatures, signer, sorted_list, tag
from jsontext import units
from notation import b64u, from_b64u, is_environment, is_recipient_name, is_variable


def custody(value):
    need(isinstance(value, dict) and isinstance(value.get("kind"), str), "not a custody")
    kind = value["kind"]
    if kind in ("file", "keychain", "command", "deploy"):
        return obj(value, ["kind"])
    if kind == "recovery":
        obj(value, ["kind"], ["confirmed"])
        return date(value["confirmed"]) if "confirmed" in value else None
    if kind == "kms":
        obj(value, ["kind", "provider", "key", "sealed"])
        note(value["provider"]), note(value["key"]), age_file(value["sealed"])
        return None
    need(kind == "passphrase", "an unknown custody")
    if value.get("kdf") == "scrypt":
        obj(value, ["kind", "kdf", "n", "r", "p", "salt", "sealed"], ["hint"])
        number(value["r"], 8, 16), number(value["p"], 1, 2)
        need(type(value["n"]) is int and value["n"] in [2**17, 2**18], "costs out of bounds")
        need(value["n"] * value["r"] * value["p"] <= 2**21, "costs out of bounds")
    else:
        need(value.get("kdf") == "pbkdf2-sha256", "an unknown kdf")
        obj(value, ["kind", "kdf", "iterations", "salt", "sealed"], ["hint"])
        number(value["iterations"], 600_000, 2_000_000)
    need(isinstance(value["salt"], str), "no salt")
    from_b64u(value["salt"], 16), data(value["sealed"], "aead", 76)
    if "hint" in value:
        note(value["hint"])


def recipient(name, value):
    need(is_recipient_name(name), "a recipient's name")
    obj(value, ["recipient", "added"], ["custody", "signer"])
    address(value["recipient"]), date(value["added"])
    if "signer" in value:
        signer(value["signer"])
    if "custody" in value:
        custody(value["custody"])


def key(key_id, value):
    obj(value, ["version", "revision", "state", "created", "commitment", "reason", "links", "history"])
    revision(value["version"]), revision(value["revision"])
    need(value["state"] in STATES and value["reason"] in REASONS, "an unknown state or reason")
    instant(value["created"])
    need(b64u(data(value["commitment"], "hkdf", 32)[:6]) == key_id, "a key under another's id")
    need(isinstance(value["links"], dict) and isinstance(value["history"], list), "no links or history")
    for link in value["links"].values():
        data(link, "aead", 60)
    for entry in value["history"]:
        obj(entry, ["state", "at"], ["reason"])
        need(entry["state"] in STATES, "an unknown state")
        instant(entry["at"])
        if "reason" in entry:
            note(entry["reason"])


def statement(value):
    obj(value, ["revision", "active", "floor", "keys", "signatures"], ["postQuantum"])
    revision(value["revision"]), signatures(value["signatures"])
    need(value.get("postQuantum", True) is True, "postQuantum")
    need(isinstance(value["keys"], dict) and len(value["keys"]) <= 4096, "not an object, or too many keys")
    for key_id, entry in value["keys"].items():
        key(key_id, entry)
        need(all(link in value["keys"] for link in entry["links"]), "a link to nowhere")
        need(entry["revision"] <= value["revision"], "a key from after its statement")
    active = [key_id for key_id, entry in value["keys"].items() if entry["state"] == "active"]
    need(active == [value["active"]] and is_text(value["floor"], ".*") and value["floor"] in value["keys"], "active or floor")


def access(name, value):
    need(is_recipient_name(name), "a recipient's name")
    obj(value, ["recipient", "kind", "since", "direct", "signatures"], ["signer", "until", "groups", "wrapped", "tag"])
    address(value["recipient"]), revision(value["since"]), signatures(value["signatures"])
    need(value["kind"] in ("person", "deploy", "recovery"), "an unknown kind")
    need(isinstance(value["direct"], bool), "neither true nor false")
    need(("wrapped" in value) == ("tag" in value), "a key without its tag, or a tag alone")
    if "signer" in value:
        signer(value["signer"])
    if "until" in value:
        date(value["until"])
    if "groups" in value:
        sorted_list(value["groups"], is_group, 1, 4096)
    if "wrapped" in value:
        age_file(value["wrapped"]), tag(value["tag"])


def patterns(value):
    need(isinstance(value, list) and all(is_text(one, "[A-Za-z0-9_.*-]{1,256}") for one in value), "patterns")


def variables(value):
    need(isinstance(value, list) and all(isinstance(one, str) and is_variable(one) for one in value), "names of variables")


def settings(value):
    optional = ["inherits", "expand", "owner", "purpose"]
    obj(value, ["revision", "public", "required", "allow", "cryptoperiodDays", "tag"], optional)
    revision(value["revision"]), patterns(value["public"]), variables(value["required"])
    need(isinstance(value["allow"], list), "not a list")
    for entry in value["allow"]:
        obj(entry, ["rule", "reason"], ["path", "name", "expires"])
        for part in set(entry) - {"expires"}:
            note(entry[part])
        if "expires" in entry:
            date(entry["expires"])
    number(value["cryptoperiodDays"], 1, 3650), tag(value["tag"])
    if "inherits" in value:
        patterns(value["inherits"])
        need(value["inherits"], "empty")
    if "expand" in value:
        need(isinstance(value["expand"], dict) and value["expand"], "expand")
        variables(list(value["expand"]))
        for names in value["expand"].values():
            variables(names)
    for part in ("owner", "purpose"):
        if part in value:
            note(value[part])


def environment(name, value):
    need(is_environment(name), "an environment's name")
    obj(value, ["statement", "access", "settings"])
    need(isinstance(value["access"], dict) and len(value["access"]) <= 1024, "not an object, or too many entries")
    statement(value["statement"])
    for who, entry in value["access"].items():
        access(who, entry)
    settings(value["settings"])


def vault(path, value, environments):
    need(len(units(path)) // 2 <= 1024 and unicodedata.normalize("NFC", path) == path, "a path")
    need("\\" not in path and all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in path), "a path")
    *folders, last = path.split("/")
    need(not any(part in ("", ".", "..") for part in folders), "a path")
    match = re.fullmatch("\\.env(?:\\.(.+))?\\.vault", last)
    need(match, "a path of no vault")
    need(match.group(1) != "default" and is_environment(match.group(1) or "default"), "a path of no vault")
    obj(value, ["environment", "id", "tag"], ["below"])
    need(isinstance(value["environment"], str) and value["environment"] in environments, "a vault of no environment")
    need(value["environment"] == (match.group(1) or "default"), "a vault of another environment than its name's")
    need(isinstance(value["id"], str), "no id")
    from_b64u(value["id"], 12), tag(value["tag"])
    if "below" in value:
        need(isinstance(value["below"], dict) and value["below"], "below")
        for name, below in value["below"].items():
            need(is_environment(name) and isinstance(below, str), "below")
            from_b64u(below, 12)


def check(value):
    need(isinstance(value, dict) and type(value.get("envseal")) is int and value["envseal"] == 1, "another format")
    obj(value, ["envseal", "project", "authority", "recipients", "environments", "vaults"], ["backup"])
    need(isinstance(value["project"], str), "no project")
    from_b64u(value["project"], 12)
    need(all(isinstance(value[part], dict) for part in ("recipients", "environments", "vaults")), "not an object")
    need(len(value["environments"]) <= 256 and len(value["vaults"]) <= 4096, "more than a manifest may have")
    need(len(value["recipients"]) <= 4096, "more than a manifest may have")
    if "backup" in value:
        obj(value["backup"], ["verified"])
        date(value["backup"]["verified"])
    for name, entry in value["recipients"].items():
        recipient(name, entry)
    for name, entry in value["environments"].items():
        environment(name, entry)
    need(sum(len(entry["access"]) for entry in value["environments"].values()) <= 4096, "more access entries than there may be")
    statements.check(value["authority"])
    there = {*value["environments"], *Authority(from_b64u(value["project"]), value["authority"]).head["environments"]}
    for path, entry in value["vaults"].items():
        vault(path, entry, there)
    need(len({path.lower() for path in value["vaults"]}) == len(value["vaults"]), "two paths that differ in case alone")
    need(len({entry["id"] for entry in value["vaults"].values()}) == len(value["vaults"]), "two vaults with one id")
    return value
