"""FORMAT.md section 5: how text is read, and how a writer cuts it into rows."""

import re

from notation import Refused

SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # JavaScript's \s
BREAK = "\n\r\u2028\u2029"  # where ^ and $ match, and what . does not
START, STOP = f"(?:\\A|(?<=[{BREAK}]))", f"(?:\\Z|(?=[{BREAK}]))"
S, DOT = f"[{SPACE}]", f"[^{BREAK}]"

ASSIGNMENT = re.compile(
    START + f"({S}*)(?:export{S}+)?([A-Za-z0-9_.-]+)({S}*={S}*?|:{S}+?)"
    f"({S}*'(?:\\\\'|[^'])*'|{S}*\"(?:\\\\\"|[^\"])*\"|{S}*`(?:\\\\`|[^`])*`|[^#\r\n]+)?{S}*(?:#{DOT}*)?" + STOP
)
QUOTED = re.compile(START + "(['\"`])([\\s\\S]*)\\1" + STOP)
BEHIND = re.compile(f"(?:(?![{BREAK}]){S})*(?:#{DOT}*)?")
BLANKS = "".join(chr(c) for c in (*range(0x3001), 0xFEFF) if re.match(S, chr(c)))
ENDS = {"\n": 1, "\r\n": 2, "\r": 3}
TEXT_OF = {code: text for text, code in ENDS.items()}


def value_of(match):
    value = (match.group(4) or "").strip(BLANKS)
    first = value[:1]
    value = QUOTED.sub(lambda m: m.group(2), value)
    return value.replace("\\n", "\n").replace("\\r", "\r") if first == '"' else value


def read(text):
    """What dotenv reads: name -> value."""
    found = {}
    for match in ASSIGNMENT.finditer(re.sub("\r\n?", "\n", text)):
        found[match.group(2)] = value_of(match)
    return found


class Row:
    def __init__(self, raw, end, name=None, value=None):
        self.raw, self.end, self.name, self.value = raw, end, name, value


def cut(text):
    """Rows of a file without its byte order mark; end is the text of the line end, "" where there is none."""
    flat, origin = "", []  # the text as dotenv sees it, and where each of its characters stands in the file
    for match in re.finditer("\r\n?|[\\s\\S]", text):
        flat += "\n" if match.group()[0] == "\r" else match.group()
        origin.append(match.start())
    origin.append(len(text))
    rows, at = [], 0
    while at < len(flat):
        match = ASSIGNMENT.match(flat, at)
        name = value = None
        if match and not re.search(f"[{BREAK}]", match.group(1)):
            name, value = match.group(2), value_of(match)
            stop = match.end(4) if match.group(4) is not None else match.end(3)
            stop = min(BEHIND.match(flat, stop).end(), match.end())
        else:
            stop = re.compile(f"[{BREAK}]|\\Z").search(flat, at).start()
        if flat[stop : stop + 1] in ("\u2028", "\u2029"):
            stop += 1
            rows.append(Row(text[origin[at] : origin[stop]], None, name, value))
            at = stop
            continue
        if stop == len(flat):
            rows.append(Row(text[origin[at] :], "", name, value))
            break
        rows.append(Row(text[origin[at] : origin[stop]], text[origin[stop] : origin[stop + 1]], name, value))
        at = stop + 1
    return rows


def usual_end(rows):
    counts = [(sum(row.end == end for row in rows), -code, end) for end, code in ENDS.items()]
    return max(counts)[2]


def one_assignment(raw):
    """The one row that raw is, if it is an assignment and nothing more."""
    rows = cut(raw)
    if len(rows) != 1 or rows[0].name is None or rows[0].raw != raw:
        raise Refused("a sealed text that is not exactly one assignment")
    return rows[0]
