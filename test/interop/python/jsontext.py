"""FORMAT.md section 6: JSON as the manifest uses it, read strictly; RFC 8785 and the layout of a writer."""

import json

from notation import Refused, text_of

LIMIT, DEPTH, VALUES = 16 * 1024 * 1024, 16, 2**19


def units(text):
    return text.encode("utf-16-be", "surrogatepass")


def no_number(text):
    raise Refused("a number that is no integer")


def integer(text):
    if text == "-0":
        raise Refused("a number that is no integer")
    return int(text) if len(text) < 20 else no_number(text)


def members(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("a member named twice")
    return found


def count(value):
    if not isinstance(value, (dict, list)):
        return 0
    items = value.values() if isinstance(value, dict) else value
    return max(len(value), 1) + sum(map(count, items))


def check(value, depth=1):
    if isinstance(value, (dict, list)) and depth > DEPTH:
        raise Refused("nested too deeply")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise Refused("half a surrogate pair")
    if isinstance(value, dict):
        for key, item in value.items():
            check(key)
            check(item, depth + 1)
    if isinstance(value, list):
        for item in value:
            check(item, depth + 1)


def parse(data):
    if len(data) > LIMIT:
        raise Refused("larger than a manifest may be")
    try:
        value = json.loads(
            text_of(data, "the manifest"), object_pairs_hook=members, parse_float=no_number, parse_int=integer, parse_constant=no_number
        )
    except (json.JSONDecodeError, RecursionError):
        raise Refused("not JSON") from None
    check(value)
    if count(value) > VALUES:
        raise Refused("more values than a manifest may have")
    return value


def ordered(value):
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=units)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def canonical(value):
    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def written(value):
    return (rows(ordered(value), "", 0) + "\n").encode()


def rows(value, indent, taken):
    """One item on a row, but a list of plain items on one row of at most 80 columns; `taken` is what else stands on that row."""
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        flat = "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value) + "]"
        if taken + len(flat) <= 80:
            return flat
    inner = indent + "  "
    named = isinstance(value, dict)
    starts = [inner + json.dumps(key, ensure_ascii=False) + ": " for key in value] if named else [inner] * len(value)
    items = list(value.values()) if named else value
    texts = [start + rows(item, inner, len(start) + (at + 1 < len(items))) for at, (start, item) in enumerate(zip(starts, items))]
    return ("{" if named else "[") + "\n" + ",\n".join(texts) + "\n" + indent + ("}" if named else "]")
