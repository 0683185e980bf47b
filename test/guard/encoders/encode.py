# Real encoders of the standard library: reads a JSON list of values, writes {name: [text in base64, ...]}.
import base64, binascii, csv, html, io, json, pprint, quopri, re, shlex, string, sys, urllib.parse, xml.sax.saxutils, email.message, email.header

wrapped = lambda data, width: b"\n".join(data[at : at + width] for at in range(0, len(data), width))

def table(value):
    out = io.StringIO()
    csv.writer(out).writerow(["before", value, "after"])
    return out.getvalue()

def mime(value, encoding):
    message = email.message.EmailMessage()
    message.set_content("x" * 60 + " " + value + " after", cte=encoding)
    return message.as_bytes()

ENCODERS = {
    "urllib quote": lambda v: urllib.parse.quote(v),
    "urllib quote, nothing safe": lambda v: urllib.parse.quote(v, safe=""),
    "urllib quote_plus": lambda v: urllib.parse.quote_plus(v),
    "urllib urlencode": lambda v: urllib.parse.urlencode({"key": v}),
    "html escape": lambda v: html.escape(v),
    "html escape, quotes left": lambda v: html.escape(v, quote=False),
    "xml escape": lambda v: xml.sax.saxutils.escape(v),
    "xml quoteattr": lambda v: xml.sax.saxutils.quoteattr(v),
    "xmlcharrefreplace": lambda v: v.encode("ascii", "xmlcharrefreplace"),
    "backslashreplace": lambda v: v.encode("ascii", "backslashreplace"),
    "namereplace is no escape of ASCII": lambda v: v.encode("ascii", "namereplace") if v.isascii() else v,
    "unicode_escape": lambda v: v.encode("unicode_escape"),
    "repr": repr,
    "ascii": ascii,
    "repr of bytes": lambda v: repr(v.encode()),
    "pprint": lambda v: pprint.pformat({"key": v}, width=10_000),
    "json": lambda v: json.dumps({"key": v}),
    "json, no ASCII": lambda v: json.dumps({"key": v}, ensure_ascii=False),
    "json twice": lambda v: json.dumps(json.dumps({"key": v})),
    "json of html": lambda v: json.dumps(html.escape(v)),
    "json of a percent": lambda v: json.dumps(urllib.parse.quote(v)),
    "shlex quote": lambda v: shlex.quote(v),
    "re escape": lambda v: re.escape(v),
    "string template": lambda v: v.replace("$", "$$"),
    "csv": table,
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 urlsafe": lambda v: base64.urlsafe_b64encode(b"user:" + v.encode()),
    "base64 encodebytes": lambda v: base64.encodebytes(b"x" * 70 + v.encode()),
    "base64 in lines of 64": lambda v: wrapped(base64.b64encode(b"y" * 41 + v.encode() + b"z" * 50), 64),
    "base64 in lines, indented": lambda v: b"key:\n  " + wrapped(base64.b64encode(b"y" * 41 + v.encode() + b"z" * 50), 64).replace(b"\n", b"\n  "),
    "base64 in lines of 76, CRLF": lambda v: wrapped(base64.b64encode(b"y" * 50 + v.encode() + b"z" * 50), 76).replace(b"\n", b"\r\n"),
    "base64 twice": lambda v: base64.b64encode(base64.b64encode(b"user:" + v.encode())),
    "base64 of json": lambda v: base64.b64encode(json.dumps({"key": v}).encode()),
    "base64 of utf-16": lambda v: base64.b64encode(v.encode("utf-16-le")),
    "base64 of hex": lambda v: base64.b64encode(v.encode().hex().encode()),
    "base64 of a percent": lambda v: base64.b64encode(urllib.parse.quote(v + "/ &", safe="").encode()),
    "base64 of html": lambda v: base64.b64encode(html.escape('<a href="' + v + '">').encode()),
    "base32": lambda v: base64.b32encode(v.encode()),
    "base32 of more": lambda v: base64.b32encode(b"user:" + v.encode() + b":after"),
    "base32 in small letters": lambda v: base64.b32encode(v.encode()).decode().lower(),
    "base32 in lines": lambda v: wrapped(base64.b32encode(b"x" * 37 + v.encode() + b"y" * 40), 64),
    "base32hex": lambda v: base64.b32hexencode(v.encode()),
    "base16": lambda v: base64.b16encode(v.encode()),
    "base85": lambda v: base64.b85encode(v.encode()),
    "ascii85": lambda v: base64.a85encode(v.encode()),
    "hex": lambda v: v.encode().hex(),
    "hex with colons": lambda v: v.encode().hex(":"),
    "hex with spaces": lambda v: v.encode().hex(" "),
    "hex with hyphens": lambda v: v.encode().hex("-").upper(),
    "hex in groups of four": lambda v: v.encode().hex(" ", -2),
    "hex in lines": lambda v: wrapped(v.encode().hex().encode(), 20),
    "hex of json": lambda v: json.dumps({"key": v}).encode().hex(),
    "quopri": lambda v: quopri.encodestring(("x" * 65 + v + " after").encode()),
    "quopri, tabs too": lambda v: quopri.encodestring(("x" * 65 + v).encode(), quotetabs=True),
    "quoted-printable header": lambda v: quopri.encodestring(v.encode(), header=True),
    "mail, quoted-printable": lambda v: mime(v, "quoted-printable"),
    "mail, base64": lambda v: mime(v, "base64"),
    "uuencode": lambda v: b"begin 644 name\n" + b"".join(binascii.b2a_uu((b"x" * 30 + v.encode())[at : at + 45]) for at in range(0, 30 + len(v.encode()), 45)) + b"`\nend\n",
    "uuencode, one line": lambda v: binascii.b2a_uu(v.encode()[:45]),
    "list of bytes": lambda v: repr(list(v.encode())),
    "list of 0x bytes": lambda v: "{" + ", ".join(f"0x{b:02x}" for b in v.encode()) + "}",
    "array of bytes, formatted": lambda v: json.dumps(list(v.encode()), indent=4),
    "utf-16": lambda v: ("x = " + v).encode("utf-16"),
    "utf-16-le": lambda v: ("x = " + v).encode("utf-16-le"),
    "utf-16-be": lambda v: ("x = " + v).encode("utf-16-be"),
    "utf-32": lambda v: ("key = " + v).encode("utf-32"),
    "utf-32-le": lambda v: ("key = " + v).encode("utf-32-le"),
    "utf-32-be": lambda v: ("key = " + v).encode("utf-32-be"),
    "utf-16 of json": lambda v: json.dumps({"key": v}).encode("utf-16-le"),
    "latin-1": lambda v: v.encode("latin-1"),
    "latin-1 in a percent": lambda v: urllib.parse.quote(v, encoding="latin-1"),
    "utf-7": lambda v: v.encode("utf-7"),
    "punycode": lambda v: v.encode("punycode"),
    "rot13": lambda v: __import__("codecs").encode(v, "rot13"),
    "format braces": lambda v: v.replace("{", "{{").replace("}", "}}"),
}

values = json.load(sys.stdin)
result = {}
for name, encode in ENCODERS.items():
    texts = []
    for value in values:
        encoded = encode(value)
        texts.append(base64.b64encode(encoded if isinstance(encoded, bytes) else encoded.encode()).decode())
    result[name] = texts
json.dump(result, sys.stdout)
