"""The one linter that every text passes before it is saved or sent.

House rules: a message is the same for everybody and holds no amount, no word that reveals the care, no name or
variable, no number but 3646 and 05 53 35 62 37, no link, address or site name in any disguise, no attachment, no
image, nothing to fill in, no phrase of a fraudster, no red; an SMS is one GSM-7 segment; the two parts of an e-mail
say the same sentences.
"""

import re
from collections.abc import Iterator
from typing import Literal

from outreach.notifications.gsm7 import analyse_sms, offending_fr
from outreach.notifications.linter_addresses import address_findings
from outreach.notifications.linter_findings import Finding, LintCode, LintError, finding
from outreach.notifications.linter_html import HTML_MAX_BYTES, HtmlReading, read_html
from outreach.notifications.linter_numbers import number_findings
from outreach.notifications.linter_skeleton import character_findings, views
from outreach.notifications.linter_words import subject_reference_findings, word_findings

__all__ = ["Channel", "Finding", "LintCode", "LintError", "Part", "check_message", "lint", "same_sentences"]

Channel = Literal["email", "sms", "post"]
Part = Literal["subject", "text", "html"]

TEXT_MAX_CHARACTERS = 5_000
SUBJECT_MAX_CHARACTERS = 60


def lint(text: str, *, channel: Channel, part: Part) -> list[Finding]:
    """Every reason why `text` may not be sent as this part; empty when it may. ValueError for an SMS with a subject."""
    if part != "text" and channel != "email":
        raise ValueError(f"a message by {channel} has no {part} part")
    limit = HTML_MAX_BYTES if part == "html" else TEXT_MAX_CHARACTERS
    if len(text) > limit:  # before any pattern runs: work is bounded
        return [finding(LintCode.HTML_SIZE if part == "html" else LintCode.TOO_LONG)]
    if not text.strip():
        return [finding(LintCode.EMPTY)]
    if part == "html":
        return _unique(_html_findings(text, read_html(text)))
    found = list(_prose_findings(text))
    if part == "subject":
        found.extend(_subject_findings(text))
    if channel == "sms":
        found.extend(_sms_findings(text))
    return _unique(found)


def check_message(*, channel: Channel, text: str, subject: str = "", html: str = "") -> None:
    """Raise LintError with all findings of all parts. An e-mail needs its subject and both of its parts."""
    found = lint(text, channel=channel, part="text")
    if channel == "email":
        found += lint(subject, channel=channel, part="subject") + lint(html, channel=channel, part="html")
        found += _pair_findings(subject=subject, text=text, html=html)
    elif subject or html:
        raise ValueError(f"a message by {channel} has only a text")
    if found:
        raise LintError(_unique(found))


def same_sentences(text: str, html: str) -> bool:
    """Whether a reader of either part reads the same words in the same order, whatever the lines and blanks."""
    return _words(text) == _words(read_html(html).visible)


def _prose_findings(text: str) -> Iterator[Finding]:
    yield from character_findings(text)
    for view in views(text):
        yield from number_findings(view)
        yield from address_findings(view)
        yield from word_findings(view)


def _html_findings(source: str, reading: HtmlReading) -> Iterator[Finding]:
    yield from reading.findings
    yield from (found for found in character_findings(source) if found.code is LintCode.CONTROL)
    for prose in (reading.visible, reading.title, *reading.hidden):
        yield from _prose_findings(prose)
    if not reading.visible.strip():
        yield finding(LintCode.EMPTY)


def _subject_findings(subject: str) -> Iterator[Finding]:
    if "\n" in subject or len(subject) > SUBJECT_MAX_CHARACTERS:
        yield finding(LintCode.SUBJECT_LINE, subject)
    for view in views(subject):
        yield from subject_reference_findings(view)


def _sms_findings(text: str) -> Iterator[Finding]:
    size = analyse_sms(text)
    if size.offending:
        yield finding(LintCode.SMS_ALPHABET, "".join(char for char, _ in size.offending), detail_fr=offending_fr(size))
    elif size.segments != 1:
        yield finding(
            LintCode.SMS_LENGTH, text[-40:], detail_fr=f"{size.units} caractères, soit {size.segments} envois"
        )


def _pair_findings(*, subject: str, text: str, html: str) -> Iterator[Finding]:
    if not html.strip() or len(html) > HTML_MAX_BYTES:
        return
    reading = read_html(html)
    ours, theirs = _words(text), _words(reading.visible)
    if ours != theirs:
        place = next(
            (i for i, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )
        shown = f"« {' '.join(ours[place : place + 5])} » / « {' '.join(theirs[place : place + 5])} »"
        yield finding(LintCode.PARTS_DIFFER, re.sub("[0-9]", "•", shown))
    if _words(reading.title) != _words(subject):
        yield finding(LintCode.TITLE_DIFFERS, reading.title)


def _words(text: str) -> list[str]:
    return text.split()


def _unique(found: Iterator[Finding] | list[Finding]) -> list[Finding]:
    return list(dict.fromkeys(found))
