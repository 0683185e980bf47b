"""Answers questions, one JSON object a line, so that one process serves a whole test. Bytes travel as base64."""

import base64
import json
import sys

import jsontext
import shape
from age import from_bech32
from dotenv import read
from notation import DataKey, Refused, VaultKey, b64u, from_b64u
from opening import Environment, KeyString, open_with, trusted
from signing import fingerprint, holds, seed_of, signer_of
from tokens import open_vault
from vaultfile import Vault
from writing import make_project, write_vault


def secret_of(text):
    if text.startswith("AGE-SECRET-KEY-1"):
        return from_bech32("age-secret-key-", text.lower())
    return KeyString(text)


def opened(question):
    vault = Vault(base64.b64decode(question["vault"]))
    if "dataKeys" in question:
        keys = {key.id: (key, version) for key, version in ((DataKey(bytes.fromhex(k)), v) for k, v in question["dataKeys"])}

        def find(key_id):
            if key_id not in keys:
                raise Refused("a token under an unknown key")
            key, version = keys[key_id]
            return VaultKey(key.vault_root(vault.environment, vault.id), key.pin, version)

        text, values = open_vault(vault, find)
    else:
        manifest = shape.check(jsontext.parse(base64.b64decode(question["manifest"]))) if "manifest" in question else None
        pin = from_b64u(question["pin"], 16) if "pin" in question else None
        text, values = open_with(manifest, question.get("path"), vault, secret_of(question["secret"]), pin)
    return {"plaintext": base64.b64encode(text.encode()).decode(), "values": values}


def verified(question):
    """Everything in a manifest that can be checked, part by part; dataKeys, by environment, check what takes a key."""
    manifest = shape.check(jsontext.parse(base64.b64decode(question["manifest"])))
    authority = trusted(manifest, from_b64u(question["pin"], 16) if "pin" in question else None)
    found = {}
    for name in authority.head["environments"]:
        entry = manifest["environments"].get(name)
        if entry is None:
            found[name] = {"statement": "missing"}
            continue
        revision = entry["statement"]["revision"]
        access = {who: authority.entry_problem(name, revision, who, one) for who, one in entry["access"].items()}
        found[name] = {"statement": authority.statement_problem(name, entry["statement"]), "access": access}
        if name in question.get("dataKeys", {}):
            found[name]["opened"] = opened_by(manifest, authority, name, bytes.fromhex(question["dataKeys"][name]))
    return {"head": authority.text(-1), "environments": found}


def opened_by(manifest, authority, name, data_key):
    try:
        environment = Environment(manifest, authority, name, data_key)
    except Refused:
        return None
    states = {who: environment.access_state(who) for who in environment.access}
    return {"states": states, "listed": [path for path in manifest["vaults"] if environment.lists(path)]}


def answer(question):
    kind = question["do"]
    if kind == "verify":
        return verified(question)
    if kind == "signature":
        return {"holds": holds(question["signer"], question["signature"], base64.b64decode(question["signed"]))}
    if kind == "person":
        identity, project = bytes.fromhex(question["identity"]), from_b64u(question["project"], 12)
        seed = seed_of(identity, project)
        return {"seed": seed.hex(), "signer": signer_of(seed), "fingerprint": fingerprint(question["recipient"], signer_of(seed))}
    if kind == "open":
        return opened(question)
    if kind == "manifest":
        manifest = shape.check(jsontext.parse(base64.b64decode(question["manifest"])))
        written = jsontext.written(manifest)
        return {"written": base64.b64encode(written).decode()}
    if kind == "read":
        return {"values": read(question["text"])}
    if kind == "keystring":
        key = KeyString(question["text"])
        return {name: b64u(value) if isinstance(value, bytes) else value for name, value in vars(key).items()}
    if kind == "write":
        key, vault_id = DataKey(bytes.fromhex(question["dataKey"])), from_b64u(question["vaultId"], 12)
        plaintext = base64.b64decode(question["plaintext"])
        public = question.get("public", [])
        return {"vault": write_vault(question["environment"], vault_id, key, question["version"], plaintext, public)}
    if kind == "project":
        files = {path: base64.b64decode(file) for path, file in question["files"].items()}
        return make_project(files, question["people"], question["public"], question["now"])
    raise ValueError("no such question")


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Refused as error:
        reply = {"refused": str(error)}
    print(json.dumps(reply), flush=True)
