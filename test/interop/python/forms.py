"""FORMAT.md sections 1 and 6: the pieces that manifests are described with."""

import re
from datetime import datetime

from age import from_bech32
from jsontext import units
from notation import Refused, from_b64u, is_recipient_name
from signing import is_signer

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


def revision(value):
    number(value, 1, 2**32 - 1)


def signer(value):
    need(is_signer(data(value, "ed25519", 32)), "a signer that is no signing key")


def signatures(value):
    need(isinstance(value, dict) and len(value) == 1, "not exactly one signature")
    for name, signature in value.items():
        need(is_recipient_name(name), "a signer's name")
        data(signature, "ed25519", 64)


def is_group(value):
    return is_text(value, "[a-z0-9][a-z0-9-]{0,31}")


def sorted_list(value, is_item, low, high):
    need(isinstance(value, list) and low <= len(value) <= high, "a list of another length")
    need(all(isinstance(one, str) and is_item(one) for one in value), "a list with something else in it")
    need(all(units(one) < units(two) for one, two in zip(value, value[1:])), "a list that is not sorted")


def address(value):
    need(isinstance(value, str), "no recipient")
    from_bech32("age", value)
