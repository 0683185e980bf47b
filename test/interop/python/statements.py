"""FORMAT.md section 6, Authority: the shape of its statements, each by itself."""

import sys

from forms import address, data, is_group, is_text, need, obj, revision, signatures, signer, sorted_list
from notation import Refused, is_environment, is_recipient_name

KNOWN = ["revision", "previous", "admins", "rotators", "environments", "signatures"]


def is_digest(text):
    try:
        data(text, "sha256", 32)
        return True
    except Refused:
        return False


def names(value, is_name, least, most):
    need(isinstance(value, dict) and least <= len(value) <= most, "not an object, or of another size")
    need(all(is_name(name) for name in value), "a name that is none")
    return value.items()


def check_one(value):
    obj(value, KNOWN, ["groups", "gone"])
    revision(value["revision"]), signatures(value["signatures"])
    sorted_list(value["previous"], is_digest, 0, 2)
    for _, admin in names(value["admins"], is_recipient_name, 1, 512):
        obj(admin, ["recipient", "signer"])
        address(admin["recipient"]), signer(admin["signer"])
    for _, rotator in names(value["rotators"], is_recipient_name, 0, 512):
        obj(rotator, ["signer", "environments"])
        signer(rotator["signer"]), sorted_list(rotator["environments"], is_environment, 1, 256)
    for _, entry in names(value["environments"], is_environment, 0, 256):
        obj(entry, ["lowest"], ["extends"])
        revision(entry["lowest"])
        need(is_text(entry.get("extends", ""), ".*"), "extends")
    for _, group in names(value.get("groups", {"x": []}), is_group, 1, sys.maxsize):
        if "groups" in value:
            sorted_list(group, is_recipient_name, 1, 4096)
    for _, entry in names(value.get("gone", {"x": {"revision": 1}}), is_environment, 1, 1024):
        obj(entry, ["revision"], ["became"])
        revision(entry["revision"])
        need(is_environment(entry["became"]) if is_text(entry.get("became"), ".*") else "became" not in entry, "became")
    across(value)


def across(value):
    there, gone = value["environments"], value.get("gone", {})
    signers = [one["signer"] for part in ("admins", "rotators") for one in value[part].values()]
    need(len(signers) <= 512, "more admins and rotators than there may be")
    need(len(set(signers)) == len(signers), "a signer of two names")
    need(not set(value["admins"]) & set(value["rotators"]), "a name with two roles")
    need(all(name in there for one in value["rotators"].values() for name in one["environments"]), "a rotator of nothing")
    need(not set(there) & set(gone), "an environment that is there and gone")
    need(all(one["became"] in {*there, *gone} for one in gone.values() if "became" in one), "became what never was")
    for name in there:
        depth = 0
        while name is not None:
            need(depth <= 8 and name in there, "extends what is not there, or itself")
            name, depth = there[name].get("extends"), depth + 1


def check(value):
    need(isinstance(value, list) and len(value) <= 2048, "an authority that is no list, or too long")
    for one in value:
        check_one(one)
