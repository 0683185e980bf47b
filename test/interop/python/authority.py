"""FORMAT.md section 6: the authority, and what counts under its head."""

from notation import Refused, b64u
from signing import digest, holds, signed_bytes


def goes_beyond(statement, lowest):
    """True where a statement says of keys what only an admin may."""
    keys = statement["keys"]
    if keys[statement["floor"]]["version"] > keys[statement["active"]]["version"]:
        return True
    newest = max((key["revision"] for key in keys.values() if key["revision"] <= lowest), default=0)
    return any(
        any(keys[below]["version"] >= key["version"] for below in key["links"])
        or (key["state"] == "destroyed" and key["revision"] >= newest)
        for key in keys.values()
    )


class Authority:
    """A well-formed list."""

    def __init__(self, project, statements):
        self.project, self.statements = project, statements
        self.signed = [signed_bytes("authority", project, "", one) for one in statements]
        self.texts = [digest(data) for data in self.signed]
        names = [self.text(at) for at in range(len(statements))]
        self.index = {name: at for at, name in enumerate(names)}
        if not 1 <= len(statements) <= 2048 or len(self.index) != len(names):
            raise Refused("an authority with no statement, too many, or one twice")
        order = [(one["revision"], name) for one, name in zip(statements, names)]
        if order != sorted(order):
            raise Refused("an authority out of order")
        named = set()
        for at, one in enumerate(statements):
            if (one["previous"] == []) != (at == 0):
                raise Refused("not exactly one first statement")
            if not all(name in self.index for name in one["previous"]):
                raise Refused("a statement before that is not listed")
            if one["revision"] != 1 + max((statements[self.index[name]]["revision"] for name in one["previous"]), default=0):
                raise Refused("a revision that does not follow")
            named.update(one["previous"])
        if len(set(names) - named) != 1:
            raise Refused("several heads")
        self.head = statements[-1]

    def text(self, at):
        return "sha256:" + b64u(self.texts[at])

    def before(self, at):
        """The statement and all before it."""
        found = {at}
        for one in (todo := [at]):
            for name in self.statements[one]["previous"]:
                if self.index[name] not in found:
                    found.add(self.index[name])
                    todo.append(self.index[name])
        return found

    def check_from(self, pin):
        start = next((at for at, data in enumerate(self.texts) if data[:16] == pin), None)
        if start is None:
            raise Refused("the pin is not reached")
        self.check_steps(self.before(start))

    def check_whole(self):
        first = self.statements[0]
        ((name, signature),) = first["signatures"].items()
        if name not in first["admins"] or not holds(first["admins"][name]["signer"], signature, self.signed[0]):
            raise Refused("a first statement that none of its admins signed")
        self.check_steps({0})

    def check_steps(self, known):
        for at, one in enumerate(self.statements):
            if at not in known:
                for name in one["previous"]:
                    self.check_step(self.statements[self.index[name]], one, self.signed[at])

    def check_step(self, earlier, later, data):
        ((name, signature),) = later["signatures"].items()
        if name not in earlier["admins"] or not holds(earlier["admins"][name]["signer"], signature, data):
            raise Refused("a statement that no admin before it signed")
        there, gone = later["environments"], later.get("gone", {})
        for name, entry in earlier["environments"].items():
            now = there[name]["lowest"] if name in there else gone[name]["revision"] if name in gone else 0
            if now < entry["lowest"]:
                raise Refused("an environment that is dropped, or whose lowest is lowered")
        for name, entry in earlier.get("gone", {}).items():
            still = gone[name]["revision"] if name in gone else 0
            back = there[name]["lowest"] if name in there else 0
            if still < entry["revision"] and back <= entry["revision"]:
                raise Refused("an environment that comes back as it was")

    def is_rotators(self, environment, members):
        """True where the signer is named as a rotator of this environment."""
        (name,) = members["signatures"]
        return environment in self.head["rotators"].get(name, {"environments": []})["environments"]

    def signed_by(self, kind, environment, members, rotators=False):
        """True where the head gives the signer the right."""
        ((name, signature),) = members["signatures"].items()
        signer = self.head["admins"].get(name, {}).get("signer")
        if rotators and self.is_rotators(environment, members):
            signer = self.head["rotators"][name]["signer"]
        return signer is not None and holds(signer, signature, signed_bytes(kind, self.project, environment, members))

    def statement_problem(self, environment, statement):
        """None for an environment's statement that counts."""
        if environment not in self.head["environments"]:
            return "not listed"
        if not self.signed_by("environment", environment, statement, rotators=True):
            return "unsigned"
        revision, lowest = statement["revision"], self.head["environments"][environment]["lowest"]
        versions = [key["version"] for key in statement["keys"].values()]
        if self.is_rotators(environment, statement) and (revision - lowest > 2**20 or max(versions) > revision):
            return "too high"
        if self.is_rotators(environment, statement) and goes_beyond(statement, lowest):
            return "beyond"
        return "replaced" if revision < lowest else None

    def entry_problem(self, environment, revision, name, entry):
        """None for an access entry that counts."""
        members = {part: value for part, value in entry.items() if part not in ("wrapped", "tag")}
        if not self.signed_by("access", environment, {**members, "name": name}):
            return "unsigned"
        if entry["since"] < self.head["environments"][environment]["lowest"]:
            return "replaced"
        return "ahead" if entry["since"] > revision else None
