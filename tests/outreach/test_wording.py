"""The default texts keep the house rules and say what they must say."""

import re

import pytest

from outreach.notifications.gsm7 import analyse_sms
from outreach.notifications.linter import LintError, check_message, lint, same_sentences
from outreach.notifications.linter_html import read_html
from outreach.notifications.wording import DIGEST_WORDING as WORDING

BODIES = {
    "email": WORDING.email_text,
    "html": read_html(WORDING.email_html).visible,
    "sms": WORDING.sms_text,
    "post": WORDING.post_text,
}


def plain(text: str) -> str:
    return " ".join(text.split())


def test_default_texts_pass_the_linter() -> None:
    with pytest.raises(LintError):
        check_message(channel="email", subject=WORDING.email_subject, text="<script>", html=WORDING.email_html)
    check_message(channel="email", subject=WORDING.email_subject, text=WORDING.email_text, html=WORDING.email_html)
    check_message(channel="sms", text=WORDING.sms_text)
    check_message(channel="post", text=WORDING.post_text)


def test_subject_is_the_known_one() -> None:
    assert WORDING.email_subject == "Information de paiement"
    assert lint(WORDING.email_subject, channel="email", part="subject") == []


@pytest.mark.parametrize("name", ["email", "html", "post"])
@pytest.mark.parametrize(
    "fact",
    [
        "vous être versé",
        "à un tiers",
        "un professionnel ou à un établissement de santé",
        "rien à valider",
        "« Mes paiements »",
        "« Signaler un remboursement suspect »",
        "coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone",
        "au 3646",
    ],
)
def test_facts(name: str, fact: str) -> None:
    assert fact in plain(BODIES[name])


def test_sms_is_one_gsm7_segment_and_says_the_essential() -> None:
    size = analyse_sms(WORDING.sms_text)
    assert (size.encoding, size.segments) == ("GSM-7", 1)
    for fact in ("paiement", "Rien à valider", "aucun lien", "Mes paiements", "3646"):
        assert fact in WORDING.sms_text


def test_both_parts_say_the_same_sentences() -> None:
    assert same_sentences(WORDING.email_text, WORDING.email_html)
    assert not same_sentences(WORDING.email_text + "Merci.", WORDING.email_html)
    assert not same_sentences(WORDING.email_text, WORDING.email_html.replace("rien à valider", "tout à valider"))


def test_html_is_small_inline_and_without_anything_to_load() -> None:
    html = WORDING.email_html
    assert len(html.encode()) < 20_000
    assert html.startswith('<!doctype html>\n<html lang="fr"')
    assert all('role="presentation"' in table for table in re.findall("<table[^>]*>", html))
    assert "max-width:580px" in html
    for refused in ("href", "http", "src", "<img", "<style", "url(", "class=", "<!--"):
        assert refused not in html.lower().replace("<!doctype", "")
    # text and background are always set together where a background is set
    for style in re.findall(r'style="([^"]*background-color[^"]*)"', html):
        assert re.search(r"(?<!-)color:#", style)


def test_typography_is_french() -> None:
    for name in ("email", "html", "post"):
        assert "'" not in BODIES[name]
        assert '"' not in BODIES[name]
        assert not re.search(r"[^\u00a0\u202f][:;?!»]", BODIES[name].replace("\n", "\u00a0"))
