"""FORMAT.md sections 6 and 7: the shape of a manifest, and what else holds between its parts."""

import re
import unicodedata
from datetime import datetime

from age import from_bech32
from jsontext import units
from notation import Refused, b64u, from_b64u, is_environment, is_recipient_name, is_variable

STATES = ["pre-active", "active", "suspended", "deactivated", "compromised", "destroyed"]
REASONS = ["created", "scheduled", "offboarding", "suspected", "compromised", "merge", "fence"]


def need(held, what):
    if not held:
        raise Refused(f"the manifest: {what}")


def is_text(value, pattern):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def obj(value, required, optional=()):
    need(isinstance(value, dict), "not an object")
    need(set(required) <= set(value) <= set(required) | set(optional), "a member missing or unknown")


def number(value, low, high):
    need(type(value) is int and low <= value <= high, "a number out of bounds")


def when(value, layout):
    try:
        need(isinstance(value, str) and datetime.strptime(value, layout).strftime(layout) == value, "not a date")
    except ValueError:
        need(False, "not a date")


def date(value):
    need(is_text(value, "[0-9]{4}-[0-9]{2}-[0-9]{2}"), "not a date")
    when(value, "%Y-%m-%d")


def instant(value):
    need(is_text(value, "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"), "not an instant")
    when(value, "%Y-%m-%dT%H:%M:%SZ")


def note(value):
    need(is_text(value, "[^\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]{0,500}"), "not a note")


def data(value, label, length):
    need(isinstance(value, str) and value.startswith(label + ":"), "bytes without their label")
    return from_b64u(value[len(label) + 1 :], length)


def age_file(value):
    need(is_text(value, "age:[A-Za-z0-9_-]{1,4096}"), "not an age file")
    from_b64u(value[4:])


def tag(value):
    need(is_text(value, "hmac:[A-Za-z0-9_-]{8}:[A-Za-z0-9_-]{43}"), "not a tag")
    from_b64u(value[14:], 32)


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
    from_b64u(value["salt"], 16), data(value["sealed"], "aead", 60)
    if "hint" in value:
        note(value["hint"])


def recipient(name, value):
    need(is_recipient_name(name), "a recipient's name")
    obj(value, ["recipient", "added"], ["custody"])
    need(isinstance(value["recipient"], str), "no recipient")
    from_bech32("age", value["recipient"])
    date(value["added"])
    if "custody" in value:
        custody(value["custody"])


def key(key_id, value):
    obj(value, ["version", "state", "created", "commitment", "reason", "links", "history"])
    number(value["version"], 1, 2**32 - 1)
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


def environment(name, value, recipients):
    need(is_environment(name), "an environment's name")
    obj(value, ["active", "floor", "keys", "access", "public", "required", "allow", "cryptoperiodDays", "tag"])
    need(all(isinstance(value[part], dict) for part in ("keys", "access")), "not an object")
    need(all(isinstance(value[part], list) for part in ("public", "required", "allow")), "not a list")
    for key_id, entry in value["keys"].items():
        key(key_id, entry)
        need(all(link in value["keys"] for link in entry["links"]), "a link to nowhere")
    active = [key_id for key_id, entry in value["keys"].items() if entry["state"] == "active"]
    need(active == [value["active"]] and is_text(value["floor"], ".*") and value["floor"] in value["keys"], "active or floor")
    for who, entry in value["access"].items():
        need(who in recipients, "access of nobody")
        obj(entry, ["wrapped", "tag"])
        age_file(entry["wrapped"]), tag(entry["tag"])
    need(all(is_text(pattern, "[A-Za-z0-9_.*-]{1,256}") for pattern in value["public"]), "a pattern")
    need(all(isinstance(name, str) and is_variable(name) for name in value["required"]), "a required name")
    for entry in value["allow"]:
        obj(entry, ["rule", "reason"], ["path", "name", "expires"])
        for part in set(entry) - {"expires"}:
            note(entry[part])
        if "expires" in entry:
            date(entry["expires"])
    number(value["cryptoperiodDays"], 1, 3650), tag(value["tag"])


def vault(path, value, environments):
    need(len(units(path)) // 2 <= 1024 and unicodedata.normalize("NFC", path) == path, "a path")
    need("\\" not in path and all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in path), "a path")
    *folders, last = path.split("/")
    need(not any(part in ("", ".", "..") for part in folders), "a path")
    match = re.fullmatch("\\.env(?:\\.(.+))?\\.vault", last)
    need(match, "a path of no vault")
    need(match.group(1) != "default" and is_environment(match.group(1) or "default"), "a path of no vault")
    obj(value, ["environment", "id", "tag"])
    need(isinstance(value["environment"], str) and value["environment"] in environments, "a vault of no environment")
    need(value["environment"] == (match.group(1) or "default"), "a vault of another environment than its name's")
    need(isinstance(value["id"], str), "no id")
    from_b64u(value["id"], 12), tag(value["tag"])


def check(value):
    need(isinstance(value, dict) and type(value.get("envseal")) is int and value["envseal"] == 1, "another format")
    obj(value, ["envseal", "project", "recipients", "environments", "vaults"], ["backup"])
    need(isinstance(value["project"], str), "no project")
    from_b64u(value["project"], 12)
    need(all(isinstance(value[part], dict) for part in ("recipients", "environments", "vaults")), "not an object")
    need(len(value["environments"]) <= 256 and len(value["vaults"]) <= 4096, "more than a manifest may have")
    if "backup" in value:
        obj(value["backup"], ["verified"])
        date(value["backup"]["verified"])
    for name, entry in value["recipients"].items():
        recipient(name, entry)
    for name, entry in value["environments"].items():
        environment(name, entry, value["recipients"])
    for path, entry in value["vaults"].items():
        vault(path, entry, value["environments"])
    need(len({path.lower() for path in value["vaults"]}) == len(value["vaults"]), "two paths that differ in case alone")
    need(len({entry["id"] for entry in value["vaults"].values()}) == len(value["vaults"]), "two vaults with one id")
    return value
