"""Whatever is typed gets a clear answer, and nothing of it reaches a log, an address or a stored row."""

import json
import logging
import re
from typing import Final

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.identity.browsers import UNKNOWN_BROWSER, UNKNOWN_SYSTEM, families
from accounts.identity.fields import BirthDateField, DigitsField, NirField, PostcodeField
from accounts.identity.forms import AppNameForm, IdentityForm, NewPasswordForm, RecoveryForm, SignInForm
from accounts.identity.franceconnect.urls import urlpatterns as franceconnect_patterns
from accounts.identity.urls import urlpatterns
from accounts.people.contacts import AddressError, parse_email, parse_mobile
from accounts.people.nir import is_nir
from tests.accounts.insured import (
    CREATE,
    FORGOTTEN,
    NIR,
    PASSWORD,
    SECURITY,
    SIGN_IN,
    code_received,
    confirmed,
    describe,
    give_password,
    make_account,
    make_nir,
    make_person,
    signed_in,
)

ANYTHING: Final = st.text(max_size=60) | st.text(
    alphabet="0123456789AB \n\r\t\x00\x0b\x1c\x85\u2028\u00a0-.", max_size=40
)
FRANCECONNECT: Final = frozenset(f"/{pattern.pattern}" for pattern in franceconnect_patterns)
"""Not there while the settings do not name FranceConnect, as in these tests."""
NEAR_A_NIR: Final = st.builds(lambda at, junk: NIR[:at] + junk + NIR[at:], st.integers(0, 15), st.text(max_size=3))


def is_clear(form: SignInForm | IdentityForm | NewPasswordForm | RecoveryForm | AppNameForm) -> bool:
    """Valid, or every error is a French sentence."""
    return form.is_valid() or all(
        re.search(r"[.!]$", str(error)) for errors in form.errors.values() for error in errors
    )


class TestForms:
    @given(ANYTHING | NEAR_A_NIR, ANYTHING)
    def test_sign_in(self, nir: str, password: str) -> None:
        form = SignInForm({"nir": nir, "password": password})
        assert is_clear(form)
        if "nir" in form.cleaned_data:
            assert is_nir(form.cleaned_data["nir"])

    @given(ANYTHING, ANYTHING, ANYTHING)
    def test_identity(self, nir: str, birth_date: str, postcode: str) -> None:
        form = IdentityForm({"nir": nir, "birth_date": birth_date, "postcode": postcode})
        assert is_clear(form)
        if "birth_date" in form.cleaned_data:
            assert re.fullmatch(r"(18|19|20)[0-9]{6}", form.cleaned_data["birth_date"], re.ASCII)
        if "postcode" in form.cleaned_data:
            assert re.fullmatch(r"[0-9A-Z]{1,5}", form.cleaned_data["postcode"], re.ASCII)

    @given(ANYTHING)
    def test_the_others(self, text: str) -> None:
        assert is_clear(NewPasswordForm({"password": text, "again": text}))
        assert is_clear(RecoveryForm({"code": text}))
        assert is_clear(AppNameForm({"name": text}))

    @given(ANYTHING | st.emails())
    def test_addresses(self, text: str) -> None:
        for parse, form in ((parse_email, r"[!-~]+@[!-~]+"), (parse_mobile, r"\+[1-9][0-9]{8,14}")):
            try:
                kept = parse(text)
            except AddressError:
                continue
            assert re.fullmatch(form, kept, re.ASCII)

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("06 00 01 23 45", "+33600012345"),
            ("+33 6 00 01 23 45", "+33600012345"),
            ("0033600012345", "+33600012345"),
            ("07.00.01.23.45", "+33700012345"),
            ("+262 692 00 00 00", "+262692000000"),
            ("+687 700000", "+687700000"),
        ],
    )
    def test_mobile_numbers(self, typed: str, kept: str) -> None:
        assert parse_mobile(typed) == kept

    @pytest.mark.parametrize("typed", ["31 07 1985", "31/07/1985", "31-07-1985", "31.07.1985", "31071985"])
    def test_dates_of_birth(self, typed: str) -> None:
        assert BirthDateField().clean(typed) == "19850731"

    def test_a_date_of_another_calendar_passes(self) -> None:
        assert BirthDateField().clean("40 21 1950") == "19502140"

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            (BirthDateField(), "31 02 1985", "n’existe pas"),
            (BirthDateField(), "1985", "jour, le mois et l’année"),
            (BirthDateField(), "31 07 2985", "l’année de naissance"),
            (PostcodeField(), "750111", "5 caractères"),
            (DigitsField(), "12 34", "6 chiffres"),
            (NirField(autocomplete="off"), NIR[:13], "une clé de 2 chiffres"),
            (NirField(autocomplete="off"), NIR[:-1] + "0", "une clé de 2 chiffres"),
        ],
    )
    def test_errors_say_what_is_expected(
        self, field: BirthDateField | PostcodeField | DigitsField | NirField, typed: str, says: str
    ) -> None:
        with pytest.raises(ValidationError, match=says):
            field.clean(typed)

    def test_the_example_in_the_error_is_a_nir_of_nobody(self) -> None:
        with pytest.raises(ValidationError, match="par exemple") as caught:
            NirField(autocomplete="off").clean("x")
        example = re.search(r"par exemple ([0-9 ]+)\.", str(caught.value))
        assert example is not None
        assert is_nir(example[1].replace(" ", ""))
        assert example[1].replace(" ", "")[5:7] == "00"


@pytest.mark.usefixtures("space")
class TestPages:
    @hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(ANYTHING | NEAR_A_NIR, ANYTHING, ANYTHING)
    def test_no_page_breaks(self, client: Client, one: str, two: str, three: str) -> None:
        for path in (SIGN_IN, CREATE, FORGOTTEN):
            data = {"nir": one, "password": two, "birth_date": two, "postcode": three, "next": three, "code": two}
            answer = client.post(path, data)
            assert answer.status_code in (200, 302, 429)

    @pytest.mark.parametrize(
        "junk", ["\x00", "\n", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u200b", "\udcff", "é", "💊"]
    )
    def test_a_nir_with_a_control_character_gets_a_clear_error(self, client: Client, junk: str) -> None:
        typed = (NIR[:7] + junk + NIR[7:]).encode("utf-8", "surrogateescape")
        body = b"nir=" + b"".join(b"%%%02X" % byte for byte in typed) + b"&password=x"
        answer = client.generic("POST", SIGN_IN, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
        assert "Vérifiez votre numéro de sécurité sociale" in answer.content.decode()

    def test_nothing_personal_is_logged_or_put_in_an_address(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        make_account()
        make_person(make_nir(1))
        secrets = [NIR, NIR[:13], PASSWORD, make_nir(1)]
        addresses: list[str] = []

        def note(*locations: str) -> None:
            addresses.extend(locations)

        give_password(client, password="faux mot de passe")
        note(give_password(client).headers["Location"])
        code = code_received()
        secrets.append(code)
        note(client.post("/connexion/code/", {"code": code}).headers["Location"])
        other = Client()
        note(describe(other, make_nir(1)).headers["Location"])
        code = code_received()
        secrets.append(code)
        note(other.post(f"{CREATE}code/", {"code": code}).headers["Location"])
        browser = confirmed(signed_in())
        secrets += re.findall(r"[A-Z0-9]{5}-[A-Z0-9]{5}", browser.post(f"{SECURITY}codes-de-secours/").content.decode())
        assert len(secrets) == 16
        logged = [json.dumps({key: str(value) for key, value in vars(record).items()}) for record in caplog.records]
        ours = [line for line in logged if '"name": "django.db.backends' not in line]
        assert len(ours) >= 4
        assert not [line for line in ours for secret in secrets if secret in line]
        assert not [one for one in addresses for secret in secrets if secret in one]

    def test_a_link_from_elsewhere_carries_nothing_in(self, client: Client) -> None:
        page = client.get(SIGN_IN, {"nir": NIR, "password": PASSWORD}).content.decode()
        assert NIR not in page
        assert PASSWORD not in page

    def test_get_never_writes(self, client: Client) -> None:
        make_account()
        browser = confirmed(signed_in())
        for path in pages():
            with CaptureQueriesContext(connection) as queries:
                answer = browser.get(path)
            assert answer.status_code in ((404,) if path in FRANCECONNECT else (200, 302, 405)), path
            assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")], path

    def test_every_page_has_a_title_one_heading_and_labelled_fields(self, client: Client) -> None:
        make_account()
        browser = confirmed(signed_in())
        give_password(client)
        waiting = Client()
        describe(waiting)
        seen = 0
        for path in pages():
            for visitor in (client, browser, waiting):
                answer = visitor.get(path)
                if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
                    continue
                page = answer.content.decode()
                assert re.search(r"<title>[^<]+ – l’Assurance Maladie</title>", page), path
                assert page.count("<h1>") == 1, path
                assert 'name="robots" content="noindex"' in page
                for name in re.findall(r'<input type="(?!hidden)[^"]*"[^>]* id="([^"]+)"', page):
                    assert f'<label for="{name}">' in page, (path, name)
                seen += 1
        assert seen >= 9


def pages() -> list[str]:
    return [
        "/" + str(pattern.pattern).replace("<slug:channel>", "mobile")
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
    ]


class TestFamilies:
    @pytest.mark.parametrize(
        ("agent", "expected"),
        [
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/150.0 Safari/537.36 Edg/150.0", ("Edge", "Windows")),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile Safari/604", ("Safari", "iPhone")),
            ("Mozilla/5.0 (Linux; Android 16) Chrome/150.0 Mobile Safari/537.36", ("Chrome", "Android")),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Firefox/140.0", ("Firefox", "macOS")),
            ("<script>alert(1)</script>", (UNKNOWN_BROWSER, UNKNOWN_SYSTEM)),
            ("", (UNKNOWN_BROWSER, UNKNOWN_SYSTEM)),
        ],
    )  # fmt: skip
    def test_are_words_of_ours(self, rf: RequestFactory, agent: str, expected: tuple[str, str]) -> None:
        assert families(rf.get("/", headers={"user-agent": agent})) == expected
