"""The HTML part: nothing to load, to follow, to fill in, nothing hidden, nothing red."""

import pytest

from outreach.notifications.linter import LintCode, lint
from tests.outreach.lint_frame import FRAME, codes


def html_codes(body: str) -> set[str]:
    return codes(FRAME.format(body), part="html")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('<a href="x">ici</a>', "L601_LINK"), ("<a>ici</a>", "L601_LINK"), ("<A HREF=x>ici</A>", "L601_LINK"),
        ('<p href="x">ici</p>', "L601_LINK"), ("<base>", "L601_LINK"), ('<a/href="x">ici</a>', "L601_LINK"),
        ('<img src="x">', "L602_IMAGE"), ("<svg></svg>", "L602_IMAGE"), ("<video></video>", "L602_IMAGE"),
        ('<img src="cid:1" width="1" height="1">', "L602_IMAGE"), ("<picture></picture>", "L602_IMAGE"),
        ("<script>x</script>", "L603_SCRIPT"), ('<p onclick="x">ici</p>', "L603_SCRIPT"),
        ("<noscript></noscript>", "L603_SCRIPT"),
        ("<form></form>", "L604_FORM"), ("<input>", "L604_FORM"), ("<button>Oui</button>", "L604_FORM"),
        ('<link rel="x">', "L605_EXTERNAL"), ("<style>p{}</style>", "L605_EXTERNAL"),
        ("<iframe></iframe>", "L605_EXTERNAL"),
        ('<table background="x"></table>', "L605_EXTERNAL"),
        ('<p style="background-color:url(x)">a</p>', "L605_EXTERNAL"),
        ('<p style="color:#222;background:URL(x)">a</p>', "L605_EXTERNAL"),
        ('<p style="@import x">a</p>', "L605_EXTERNAL"),
        ('<meta http-equiv="refresh" content="0">', "L605_EXTERNAL"), ("<object></object>", "L605_EXTERNAL"),
        ('<p style="color:red">a</p>', "L606_RED"), ('<p style="color:#f00">a</p>', "L606_RED"),
        ('<p style="color:#B33F2E">a</p>', "L606_RED"),
        ('<p style="color: rgb(200, 10, 10)">a</p>', "L606_RED"),
        ('<p style="border:1px solid crimson">a</p>', "L606_RED"),
        ('<p style="background-color:#e2001a">a</p>', "L606_RED"),
        ('<td bgcolor="#cc0000"></td>', "L606_RED"),
        ('<p style="color:hsl(0,90%,50%)">a</p>', "L606_RED"),
        ('<p style="color:#ff0000ff">a</p>', "L606_RED"),
        ("<marquee>a</marquee>", "L607_MARKUP"), ('<p class="x">a</p>', "L607_MARKUP"),
        ('<p style="display:none">a</p>', "L607_MARKUP"),
        ('<p style="font-size:1px">a</p>', "L607_MARKUP"), ('<p style="font-size:0">a</p>', "L607_MARKUP"),
        ("<p>a", "L607_MARKUP"),
        ('<p style="margin-left:-900px">a</p>', "L607_MARKUP"), ("<p>a</div>", "L607_MARKUP"),
        ("<![CDATA[x]]>", "L607_MARKUP"),
        ("<?php x ?>", "L607_MARKUP"), ('<p style="color:var(--x)">a</p>', "L607_MARKUP"),
        ('<p style="co\\6cor:#222">a</p>', "L607_MARKUP"),
        ('<p style="position:absolute">a</p>', "L607_MARKUP"), ('<p lang="en">a</p>', "L607_MARKUP"),
        ('<meta name="x" content="y">', "L607_MARKUP"),
        ("<!-- note -->", "L608_COMMENT"), ("<!--[if mso]>x<![endif]-->", "L608_COMMENT"),
        ("<p>a</p>" * 2500, "L609_HTML_SIZE"),
        # what a reader sees, and what is hidden, is read as text
        ("<p>ameli<b>.</b>fr</p>", "L402_DOMAIN"), ("<p>ameli<span>.</span><em>fr</em></p>", "L402_DOMAIN"),
        ("<p>ameli&#46;fr</p>", "L402_DOMAIN"),
        ("<p>ameli\n   .fr</p>", "L402_DOMAIN"), ("<p>12&nbsp;&euro;</p>", "L101_AMOUNT"),
        ("<p>con<span>sul</span>tation</p>", "L201_CARE_WORD"),
        ("<p>a&#8203;b</p>", "L901_CONTROL"), ("<p>\u200b</p>", "L901_CONTROL"),
        ("<!-- 2 55 08 00 168 025 38 -->", "L501_NIR"),
        ('<p title="http">a</p>', "L401_URL"), ("<p>{{ nom }}</p>", "L301_PLACEHOLDER"),
        ('<p data-x="{{ nom }}">a</p>', "L301_PLACEHOLDER"),
        ("<p>&lt;nom&gt;</p>", "L301_PLACEHOLDER"), ("<p>&amp;nom;</p>", "L301_PLACEHOLDER"),
        ("<p>a</p><a href=", "L301_PLACEHOLDER"),
        ("", "L703_EMPTY"), ("<p>&nbsp;</p>", "L703_EMPTY"),
    ],
)  # fmt: skip
def test_bad_html(body: str, code: str) -> None:
    assert code in html_codes(body)


@pytest.mark.parametrize(
    "body",
    [
        "<p>Un soin</p>",
        '<table role="presentation" width="100%" border="0"><tr><td align="left">Un soin</td></tr></table>',
        '<p style="margin:0;color:#0c419a;background-color:#e7ecf5;">Le <strong>3646</strong>.<br/></p>',
        '<p style="color:#f0b323;border-left:4px solid #0C419A">Un soin<br>ou deux</p>',
    ],
)
def test_good_html(body: str) -> None:
    assert html_codes(body) == set()


@pytest.mark.parametrize(
    ("remove", "word"),
    [
        ("<!doctype html>", "doctype"), (' lang="fr"', "lang"), ('<meta charset="utf-8">', "charset"),
        ("<title>Information</title>", "title"), ('name="format-detection" ', "format-detection"),
    ],
)  # fmt: skip
def test_html_frame_is_required(remove: str, word: str) -> None:
    found = lint(FRAME.format("<p>Un soin</p>").replace(remove, ""), channel="email", part="html")
    assert (LintCode.HTML_FRAME, word) in {(one.code, one.excerpt) for one in found}
