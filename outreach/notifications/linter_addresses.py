"""Anything that a mail or SMS client, or a reader, could turn into a link or an address."""

import re
from collections.abc import Iterator

from outreach.notifications.linter_findings import Finding, LintCode, finding
from outreach.notifications.linter_skeleton import Skeleton

# Endings that are no French word: « ameli. fr » is an address however it is spaced or capitalised.
_ENDINGS = (
    r"(?:fr|com|net|org|biz|io|eu|gouv|ly|co|dev|gg|ru|cn|uk|be|ch|lu|tk|ml|cf|gq|tv|ws|nl|pl|pt|pm|wf|yt|nc|pf"
    r"|gp|gf|mq|online|website|store|xyz|click|icu|vip|bzh)"
)
# Words too, which only a « point » that is spelt out makes an ending: after a full stop « Info » begins a sentence.
_SPELT_ENDINGS = r"(?:info|app|site|pro|mobi|shop|club|live|blog|link|top|name)"
_DOT_IN_BRACKETS = r"[\[({<] ?(?:\.|dot|point) ?[\])}>]"

_SCHEME = re.compile(
    r"h ?[tx] ?[tx] ?p ?s?\b|\bhttps?|\bhxxps?|\bftps?\b|\bmailto\b|\btel:|\bsms:|: ?/ ?/|//|\bwww|\bw w w\b"
)
_DOMAIN = re.compile(
    # tight: French always leaves a space after a full stop
    r"(?<![a-z0-9.])[a-z0-9][a-z0-9\-]*(?:\.[a-z0-9][a-z0-9\-]*)*\.[a-z][a-z0-9\-]+"
    # a space before the dot, which French never has
    r"|[a-z0-9\-]+\s+\.(?!\.)\s*[a-z0-9\-]{2,}"
    rf"|[a-z0-9\-]+\s*{_DOT_IN_BRACKETS}\s*[a-z0-9\-]+"
    rf"|[a-z0-9\-]+\s*\.\s+{_ENDINGS}\b"
    rf"|[a-z0-9\-]+\s+(?:point|dot)\s+(?:{_ENDINGS}|{_SPELT_ENDINGS})\b"
    rf"|\b(?:bit|tinyurl|goo|ow|cutt|is|urlz|lnkd)\.\s*(?:ly|gl|gd|fr|in)\b"
)
# After a full stop a sentence begins with a capital: « votre espace. la » would be joined by a careless
# client.
_LOWER_AFTER_DOT = re.compile(r"[a-z0-9\-]{2,}\.\s+[a-z]{2,24}\b")
_ADDRESS = re.compile(r"[\w.+\-]*\s*@\s*[\w.\-]*|\barobases?\b|\barrobases?\b|[\[({<] ?(?:at|a|chez) ?[\])}>]")


def address_findings(skeleton: Skeleton) -> Iterator[Finding]:
    for code, pattern in (
        (LintCode.URL, _SCHEME),
        (LintCode.DOMAIN, _DOMAIN),
        (LintCode.EMAIL_ADDRESS, _ADDRESS),
    ):
        for match in pattern.finditer(skeleton.text):
            yield finding(code, skeleton.excerpt(*match.span()))
    for match in _LOWER_AFTER_DOT.finditer(skeleton.text):
        excerpt = skeleton.excerpt(*match.span())
        if excerpt.rpartition(".")[2].strip()[:1].islower():
            yield finding(LintCode.DOMAIN, excerpt)
