"""The HTML part of an e-mail: allow-lists of elements, attributes and styles, and the text that a reader sees.

What is not on a list is refused, so a new way of loading something or of hiding something is refused as well.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from outreach.notifications.linter_findings import Finding, LintCode, finding
from outreach.notifications.linter_styles import style_findings

HTML_MAX_BYTES = 20_000

_TEXT_TAGS = frozenset({"p", "h1", "h2", "strong", "em", "span", "div", "br"})
_FRAME_TAGS = frozenset({"html", "head", "meta", "title", "body", "table", "tbody", "tr", "td"})
_VOID_TAGS = frozenset({"meta", "br"})
_BLOCK_TAGS = frozenset({"p", "h1", "h2", "div", "br", "table", "tbody", "tr", "td", "body", "title"})

_REFUSED_TAGS = (
    (LintCode.LINK, {"a", "area", "base", "map"}),
    (LintCode.IMAGE, {"img", "image", "picture", "svg", "canvas", "video", "audio", "source", "track"}),
    (LintCode.SCRIPT, {"script", "noscript", "template", "slot"}),
    (LintCode.FORM, {"form", "input", "button", "select", "option", "textarea", "label", "fieldset"}),
    (LintCode.EXTERNAL, {"link", "style", "object", "embed", "param", "applet", "iframe", "frame", "frameset", "math"}),
)
_REFUSED_ATTRIBUTES = (
    (LintCode.LINK, {"href", "ping", "action", "formaction", "xlink:href", "target"}),
    (
        LintCode.EXTERNAL,
        {"src", "srcset", "background", "poster", "data", "cite", "longdesc", "manifest", "profile", "http-equiv"},
    ),
)
_COLOUR = r"#[0-9a-f]{3}(?:[0-9a-f]{3})?"
_ALLOWED_ATTRIBUTES = {
    "lang": "fr",
    "dir": "ltr",
    "role": "presentation|article",
    "width": r"\d{1,3}%?",
    "cellpadding": r"\d{1,2}",
    "cellspacing": r"\d{1,2}",
    "border": "0",
    "align": "left|center|right",
    "valign": "top|middle|bottom",
    "bgcolor": _COLOUR,
}
_ALLOWED_METAS = (
    {"charset": "utf-8"},
    {"name": "viewport", "content": "width=device-width, initial-scale=1"},
    {"name": "color-scheme", "content": "light dark"},
    {"name": "supported-color-schemes", "content": "light dark"},
    {"name": "format-detection", "content": "telephone=no, date=no, address=no, email=no, url=no"},
)


@dataclass(slots=True)
class HtmlReading:
    """What was read: `visible` as a reader sees it, `hidden` in comments and refused attributes."""

    findings: list[Finding] = field(default_factory=list)
    title: str = ""
    visible: str = ""
    hidden: list[str] = field(default_factory=list)


# Comments, and the sections that browsers and html.parser read differently (the latter may even give up
# on them)
_DECLARATION = re.compile(r"<!--.*?--!?>|<!(?!doctype html>|--)[^>]{0,40}>?", re.IGNORECASE | re.DOTALL)


def read_html(source: str) -> HtmlReading:
    """Read a whole document; never raises, whatever the text."""
    reader = _Reader()
    reader.feed(_DECLARATION.sub(reader.refuse_declaration, source))
    reader.close()
    return reader.reading(size=len(source.encode("utf-8", "surrogatepass")))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[Finding] = []
        self._open: list[str] = []
        self._title: list[str] = []
        self._body: list[str] = []
        self._hidden: list[str] = []
        self._seen: set[str] = set()

    def reading(self, *, size: int) -> HtmlReading:
        if size >= HTML_MAX_BYTES:
            self._add(LintCode.HTML_SIZE, f"{size} octets")
        for tag in self._open:
            self._add(LintCode.MARKUP, f"<{tag}>", detail_fr=f"<{tag}> n’est pas refermé")
        for need, sentence in (
            ("doctype", "la première ligne doit être <!doctype html>"),
            ("lang", 'il manque lang="fr" sur l’élément html'),
            ("charset", 'il manque <meta charset="utf-8">'),
            ("format-detection", "il manque la balise meta format-detection qui empêche les liens automatiques"),
            ("title", "il manque le titre"),
        ):
            if need not in self._seen:
                self._add(LintCode.HTML_FRAME, need, detail_fr=sentence)
        return HtmlReading(self._found, _tidy(self._title), _tidy(self._body), self._hidden)

    def _add(self, code: LintCode, excerpt: str, *, detail_fr: str = "") -> None:
        self._found.append(finding(code, excerpt, detail_fr=detail_fr))

    def refuse_declaration(self, match: re.Match[str]) -> str:
        """Note a comment or another `<!…` section and put a space in its place, so that no new one is formed."""
        section = match.group()
        self._add(LintCode.COMMENT if section.startswith("<!--") else LintCode.MARKUP, section)
        self._hidden.append(section.strip("<!->"))
        return " "

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<br/>`; browsers ignore the slash, so `<p/>` stays open here as well."""
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TEXT_TAGS | _FRAME_TAGS:
            self._add(_code_of(tag, _REFUSED_TAGS), f"<{tag}>")
        if tag == "meta":
            self._meta(attrs)
        else:
            for name, value in attrs:
                self._attribute(tag, name, value or "")
        if tag in _VOID_TAGS:
            self._break(tag)
            return
        self._break(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self._add(LintCode.MARKUP, f"</{tag}>", detail_fr=f"</{tag}> ne correspond pas à l’élément ouvert")
        self._break(tag)

    def handle_data(self, data: str) -> None:
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        if "title" in self._open:
            self._seen.add("title")
            self._title.append(text)
        else:
            self._body.append(text)

    def handle_comment(self, data: str) -> None:
        self._add(LintCode.COMMENT, data)
        self._hidden.append(data)

    def handle_decl(self, decl: str) -> None:
        """Only « doctype html » comes this far."""
        self._seen.add("doctype")

    def handle_pi(self, data: str) -> None:
        self._add(LintCode.MARKUP, data)
        self._hidden.append(data)

    def _break(self, tag: str) -> None:
        """Elements that start a new line for the reader; the others join what stands beside them."""
        if tag in _BLOCK_TAGS:
            self._body.append("\n")

    def _meta(self, attrs: list[tuple[str, str | None]]) -> None:
        pairs = {name: (value or "") for name, value in attrs}
        if any({name: value.lower() for name, value in pairs.items()} == allowed for allowed in _ALLOWED_METAS):
            self._seen.add("charset" if "charset" in pairs else pairs["name"].lower())
            return
        code = LintCode.EXTERNAL if "http-equiv" in pairs else LintCode.MARKUP
        self._add(code, "<meta " + " ".join(f'{name}="{value}"' for name, value in pairs.items()) + ">")
        self._hidden.extend(pairs.values())

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style":
            self._found.extend(style_findings(value))
        elif name not in _ALLOWED_ATTRIBUTES:
            code = LintCode.SCRIPT if name.startswith("on") else _code_of(name, _REFUSED_ATTRIBUTES)
            self._add(code, f"{name}={value}")
            self._hidden.append(value)
        elif not re.fullmatch(_ALLOWED_ATTRIBUTES[name], value.lower(), re.ASCII):
            self._add(LintCode.MARKUP, f"{name}={value}")
            self._hidden.append(value)
        elif name == "bgcolor":
            self._found.extend(style_findings(f"background-color:{value}"))
        elif (tag, name) == ("html", "lang"):
            self._seen.add("lang")


def _code_of(name: str, table: tuple[tuple[LintCode, set[str]], ...]) -> LintCode:
    return next((code for code, names in table if name in names), LintCode.MARKUP)


def _tidy(pieces: list[str]) -> str:
    """Lines as shown: runs of blanks drawn together, empty lines dropped."""
    lines = (re.sub(" +", " ", line).strip(" ") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
