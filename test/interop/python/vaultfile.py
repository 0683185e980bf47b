"""FORMAT.md section 3: the text of a vault."""

import re

from notation import Refused, from_b64u, is_environment, is_variable, text_of

ROW_LIMIT, FILE_LIMIT, ROWS = 2 * 1024 * 1024, 16 * 1024 * 1024, 2**18
TOKEN = re.compile("enc:v([1-9][0-9]{0,9})\\.([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]+)")
SECRET, PUBLIC, END, COMMENT, BLANK = 0, 1, 2, 3, -1


class Token:
    def __init__(self, text, row):
        match = TOKEN.fullmatch(text)
        if not match or int(match.group(1)) > 2**32 - 1:
            raise Refused(f"row {row} is no row of a vault")
        self.version, self.key_id, self.sealed = int(match.group(1)), match.group(2), from_b64u(match.group(3))
        from_b64u(self.key_id, 6)
        self.text = text


class Line:
    def __init__(self, kind, row, token=None, name="", shown=None):
        self.kind, self.row, self.token, self.name, self.shown = kind, row, token, name, shown


def show(value):
    """A public value as the vault shows it, or None where it cannot."""
    if re.search("[\r\n\u2028\u2029\0]", value) or value.endswith("\\"):
        return None
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    return f"`{value}`" if "`" not in value else None


def read_line(text, row):
    if text == "#":
        return Line(BLANK, row)
    if text.startswith("#end "):
        return Line(END, row, Token(text[5:], row))
    if text.startswith("# "):
        return Line(COMMENT, row, Token(text[2:], row))
    name, equals, rest = text.partition("=")
    if not equals or not is_variable(name):
        raise Refused(f"row {row} is no row of a vault")
    if rest.startswith("enc:"):
        return Line(SECRET, row, Token(rest, row), name)
    shown, mark, token = rest.rpartition(" # enc:")
    if not mark or len(shown) < 2 or show(shown[1:-1]) != shown:
        raise Refused(f"row {row} is no row of a vault")
    return Line(PUBLIC, row, Token("enc:" + token, row), name, shown[1:-1])


class Vault:
    def __init__(self, data):
        if len(data) > FILE_LIMIT:
            raise Refused("larger than a vault may be")
        text = text_of(data, "the vault")
        if not text.endswith("\n"):
            raise Refused("the last row has no line end")
        if text.count("\n") > ROWS:
            raise Refused("more rows than a vault may have")
        rows = [row[:-1] if row.endswith("\r") else row for row in text[:-1].split("\n")]
        self.lines, self.end, header = [], None, None
        for number, row in enumerate(rows, 1):
            if len(row.encode()) > ROW_LIMIT:
                raise Refused(f"row {number} is too long")
            if row == "":
                continue
            if self.end:
                raise Refused(f"row {number} stands behind the end")
            if header is None:
                header = self.read_header(row)
                continue
            line = read_line(row, number)
            if line.kind == END:
                self.end = line
            else:
                self.lines.append(line)
        if header is None or self.end is None:
            raise Refused("cut off")
        names = [line.name for line in self.assignments()]
        if len(set(names)) != len(names):
            raise Refused("a name twice")

    def read_header(self, row):
        match = re.fullmatch("# envseal:([0-9]+) ([a-z0-9-]+) ([A-Za-z0-9_-]{16})", row)
        if match and match.group(1) != "1":
            raise Refused("another format")
        if not match or not is_environment(match.group(2)):
            raise Refused("no header")
        self.environment, self.id = match.group(2), from_b64u(match.group(3), 12)
        return row

    def assignments(self):
        return [line for line in self.lines if line.kind in (SECRET, PUBLIC)]
