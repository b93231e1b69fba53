"""From a sign-in message to what a carrier takes: its text, with exactly one code of six digits or none.

Each text is compiled once with a placeholder of six letters in place of the code, under the very linter of the
digest; then the placeholder is replaced. So whatever else the linter refuses (a second number, a link, a name) is
refused here too, and a code cannot bring anything in but six digits.
"""

import hmac
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from accounts.identity.enums import CodeChannel, SecurityMessageKind
from accounts.identity.outbox import Claimed
from ameli_notify.core.crypto import lookup_key
from outreach.channels.base import Outgoing
from outreach.codes.wording import CODE, WORDINGS, CodeWording
from outreach.notifications.gsm7 import analyse_sms
from outreach.notifications.linter import check_message
from outreach.notifications.mail_frame import CELL, P, framed
from outreach.notifications.render import MAIL_DOMAIN, CompiledEmail, compile_email

CODES_IN: Final = {
    SecurityMessageKind.SIGN_IN_CODE: 1,
    SecurityMessageKind.PROOF_CODE: 1,
    SecurityMessageKind.CONTACT_CODE: 1,
    SecurityMessageKind.CONTACT_CHANGED: 0,
    SecurityMessageKind.PASSWORD_CHANGED: 0,
    SecurityMessageKind.FACTORS_CHANGED: 0,
}
"""How many codes a message of each kind holds."""
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}", re.ASCII)
# The one number beside the code that an SMS may state, for want of room to spell it.
_LIFETIME: Final = ("Valable 10 minutes", "Valable dix minutes")

_CODE_P: Final = f"{P};font-size:32px;line-height:40px;color:#0c419a"


class CodeMessageError(ValueError):
    """A message does not hold exactly the code that its kind asks for. No code is repeated."""


@dataclass(frozen=True, slots=True)
class CompiledCode:
    """One kind of message, ready for its code."""

    sms: str
    email: CompiledEmail


@cache
def compiled(kind: SecurityMessageKind) -> CompiledCode:
    """The checked texts of a kind. Raises LintError or CodeMessageError for a wording that breaks a rule."""
    return compile_wording(WORDINGS[kind], codes=CODES_IN[kind])


def compile_wording(wording: CodeWording, *, codes: int) -> CompiledCode:
    """Check a wording under the digest's rules; ``codes`` is how many codes each of its texts holds."""
    check_message(channel="sms", text=wording.sms.replace(*_LIFETIME))
    if analyse_sms(wording.sms).segments != 1:
        raise CodeMessageError("the SMS does not fit in one segment")
    text, html = _plain(wording), _html(wording)
    email = compile_email(wording.subject, text, html)
    # In the bytes of the mail, once in each part: a placeholder cut by a line break would stay in the message.
    counts = (wording.sms.count(CODE), text.count(CODE), html.count(CODE), email.tail.count(CODE.encode()))
    if counts != (codes, codes, codes, 2 * codes) or CODE in wording.subject:
        raise CodeMessageError("the wording does not hold the code exactly once")
    return CompiledCode(wording.sms, email)


def compose(message: Claimed, *, channel: CodeChannel, date: str) -> Outgoing:
    """What the carrier takes. Raises CodeMessageError, or ValueError for an address that cannot be written to."""
    codes = CODES_IN[message.kind]
    if (codes == 1) != (_SIX_DIGITS.fullmatch(message.code) is not None) or (codes == 0 and message.code):
        raise CodeMessageError("the code does not fit the kind of message")
    texts = compiled(message.kind)
    message_id = _message_id(message.id)
    if channel is CodeChannel.SMS:
        payload = texts.sms.replace(CODE, message.code).encode()
    else:
        head = texts.email.head(to=message.address, message_id=message_id, date=date)
        payload = head + texts.email.tail.replace(CODE.encode(), message.code.encode())
    # Negative, so that it never meets the number of a notification; bounces of codes are not wanted.
    return Outgoing(-message.id, message.address, message_id, return_path="", payload=payload)


def _plain(wording: CodeWording) -> str:
    return "\n\n".join(("l’Assurance Maladie", *wording.paragraphs)) + "\n"


def _html(wording: CodeWording) -> str:
    paragraphs = "\n".join(
        f'<p style="{_CODE_P if paragraph == CODE else P}">{paragraph}</p>' for paragraph in wording.paragraphs
    )
    return framed(wording.subject, (f"{CELL}\n{paragraphs}",))


def _message_id(message_id: int) -> str:
    """Stable over every try, and says nothing without the key."""
    key = hmac.digest(lookup_key(), b"outreach code identifiers", "sha256")
    return f"{hmac.digest(key, b'%d' % message_id, 'sha256').hex()[:32]}@{MAIL_DOMAIN}"
