"""Spaces that do not break in what templates say, and nowhere else."""

import pytest
from django.template import Context, Template, loader
from django.test import Client

from ameli_notify.core.page_typography import typeset_page


@pytest.mark.parametrize(
    ("written", "set_in_type"),
    [
        ("<h1>Un doute ?</h1>", "<h1>Un doute_?</h1>"),
        ("<p>« Mes paiements » : tout.</p>", "<p>«_Mes paiements_»_: tout.</p>"),
        ("<strong>3646</strong> ; ou", "<strong>3646</strong>_; ou"),
        ("{{ share }} % et {{ amount }} €", "{{ share }}_% et {{ amount }}_€"),
        ("{{ at }}{% if late %}\n    : en retard{% endif %}", "{{ at }}{% if late %}_: en retard{% endif %}"),
        ("10 Mo chacun, 05 53 35 62 37", "10_Mo chacun, 05_53_35_62_37"),
        ("« <a>Aide</a> »", "«_<a>Aide</a>_»"),
    ],
    ids=["question", "guillemets", "after a tag", "after a variable", "on the next line", "numbers", "around a tag"],
)
def test_texts(written: str, set_in_type: str) -> None:
    assert typeset_page(written) == set_in_type.replace("_", "\u00a0")


@pytest.mark.parametrize(
    "markup",
    [
        "{% if a != b %}x{% endif %}",
        '<a href="?a=1 :b" title="Quoi ?">x</a>',
        '<li{% if n > 1 %} class="a ; b"{% endif %}>x</li>',
        "{# Pourquoi ? #}",
        "{% comment %}Pourquoi ?{% endcomment %}",
        '{{ text|default:"Rien ?" }}',
    ],
    ids=["operator", "attribute", "tag in a tag", "note", "comment", "filter"],
)
def test_markup_is_left_alone(markup: str) -> None:
    assert typeset_page(markup) == markup


def test_is_what_pages_are_made_with(client: Client) -> None:
    assert "«\u00a0Information de paiement\u00a0»\u00a0?" in client.get("/").content.decode()


def test_a_filter_sets_our_own_sentences() -> None:
    page = Template("{% load typography %}{{ text|typeset }}").render(Context({"text": "Un <b> ?"}))
    assert page == "Un &lt;b&gt;\u00a0?"


def test_what_comes_from_a_variable_is_not_touched() -> None:
    turns = [(False, ["Pourquoi 2 € de moins ?"])]
    page = loader.render_to_string("fraud/intake/turns.html", {"turns": turns})
    assert "Vous\u00a0:" in page
    assert "Pourquoi 2 € de moins ?" in page
