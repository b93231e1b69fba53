"""Texts in the console: linted, versioned, previewed in a harmless frame, put into service."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.linter import LintError
from outreach.notifications.models import MessageTemplate
from outreach.notifications.templates_service import NotSendableError, activate, add_version, in_service
from outreach.notifications.versions import make_default_templates
from tests.staff import make_staff, staff_client

ADD = "admin:outreach_messagetemplate_add"
GOOD_SMS = "Assurance Maladie : un paiement vous concerne. Rien à valider, aucun lien."


def template(channel: Channel) -> MessageTemplate:
    make_default_templates()
    return MessageTemplate.objects.get(channel=channel, version=1)


@pytest.mark.django_db
def test_a_new_version_starts_from_the_one_in_service_and_waits() -> None:
    first = template(Channel.SMS)
    client = staff_client(Role.SUPERVISOR)
    assert "Message par SMS" in client.get(reverse(ADD)).content.decode()
    address = f"{reverse(ADD)}?canal=sms"
    assert client.get(address).context["adminform"].form.initial["text"] == first.text
    answer = client.post(address, {"text": GOOD_SMS})
    assert answer.status_code == 302
    second = MessageTemplate.objects.get(channel="sms", version=2)
    assert (second.text, second.activated_at, second.kind) == (GOOD_SMS, None, "payment-digest")
    assert second.created_by is not None
    assert second.created_by.username == "agent-supervisor"
    assert in_service(MessageKind.PAYMENT_DIGEST, Channel.SMS) == first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Assurance Maladie : 25,40 € vous sont versés.", "Retirez le montant"),
        ("Cliquez sur ameli-remboursement.example pour valider.", "Retirez le nom de site"),
        ("L’Assurance Maladie vous écrit.", "alphabet des SMS"),
        ("Assurance Maladie. " * 20, "Raccourcissez le SMS"),
        ("   ", "obligatoire"),
    ],
)
def test_the_linter_says_in_french_at_the_field_what_is_wrong(text: str, reason: str) -> None:
    client = staff_client(Role.SUPERVISOR)
    answer = client.post(f"{reverse(ADD)}?canal=sms", {"text": text})
    assert answer.status_code == 200
    assert any(reason in error for error in answer.context["adminform"].form.errors["text"])
    assert not MessageTemplate.objects.filter(version__gt=1).exists()


@pytest.mark.django_db
def test_each_part_of_an_email_gets_its_own_reasons() -> None:
    first = template(Channel.EMAIL)
    parts = {"subject": first.subject, "text": first.text, "html": first.html}
    client = staff_client(Role.SUPERVISOR)
    address = f"{reverse(ADD)}?canal=email"

    def errors(**changed: str) -> set[str]:
        return set(client.post(address, parts | changed).context["adminform"].form.errors)

    assert errors(subject="Dossier n° 12345") == {"subject"}
    assert errors(text=first.text + "\nhttps://example.org") == {"text"}
    assert errors(html=first.html.replace("<body", "<script></script><body")) == {"html"}
    assert errors(text=first.text.replace("Bonjour", "Bonsoir")) == {"html"}  # the two parts differ
    assert client.post(address, {**parts, "text": first.text.replace("\n", "\r\n")}).status_code == 302
    assert "\r" not in MessageTemplate.objects.get(channel="email", version=2).text


@pytest.mark.django_db
def test_a_version_is_never_edited_nor_deleted() -> None:
    first = template(Channel.SMS)
    client = staff_client(Role.SUPERVISOR)
    page = reverse("admin:outreach_messagetemplate_change", args=[first.pk])
    assert '<textarea name="text"' not in client.get(page).content.decode()
    assert client.post(page, {"text": GOOD_SMS}).status_code == 403
    assert client.post(reverse("admin:outreach_messagetemplate_delete", args=[first.pk])).status_code == 403


@pytest.mark.django_db
def test_putting_into_service_is_confirmed_and_traced() -> None:
    first = template(Channel.SMS)
    client = staff_client(Role.SUPERVISOR)
    supervisor = User.objects.get(username="agent-supervisor")
    second = add_version(MessageTemplate(kind=first.kind, channel=first.channel, text=GOOD_SMS), by=supervisor)
    address = reverse("admin:outreach_messagetemplate_activate", args=[second.pk])
    assert client.get(address).status_code == 200
    assert in_service(MessageKind.PAYMENT_DIGEST, Channel.SMS) == first
    assert "en service" in client.post(address, follow=True).content.decode()
    assert in_service(MessageKind.PAYMENT_DIGEST, Channel.SMS) == second
    entry = LogEntry.objects.get(object_id=str(second.pk))
    assert (entry.change_message, entry.user_id) == ("Version mise en service.", supervisor.pk)
    activate(first, by=supervisor)  # going back is the same door
    assert in_service(MessageKind.PAYMENT_DIGEST, Channel.SMS) == first


@pytest.mark.django_db
def test_an_investigator_reads_and_no_more() -> None:
    first = template(Channel.EMAIL)
    client = staff_client()
    assert client.get(reverse("admin:outreach_messagetemplate_preview", args=[first.pk])).status_code == 200
    assert client.get(f"{reverse(ADD)}?canal=sms").status_code == 403
    assert client.post(f"{reverse(ADD)}?canal=sms", {"text": GOOD_SMS}).status_code == 403
    assert client.post(reverse("admin:outreach_messagetemplate_activate", args=[first.pk])).status_code == 403


@pytest.mark.django_db
def test_the_service_refuses_what_the_form_never_sees() -> None:
    user = make_staff(role=Role.SUPERVISOR)
    with pytest.raises(LintError):
        add_version(MessageTemplate(kind="payment-digest", channel="sms", text="Voir http://example.org"), by=user)
    with pytest.raises(NotSendableError):
        add_version(MessageTemplate(kind="payment-digest", channel="none", text=GOOD_SMS), by=user)
    bad = MessageTemplate.objects.create(kind="payment-digest", channel="sms", version=9, text="Voir http://x.org")
    with pytest.raises(LintError):
        activate(bad, by=user)
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_editors_at_once_get_different_versions() -> None:
    user = make_staff(role=Role.SUPERVISOR)
    barrier = Barrier(6)

    def add(_: int) -> int:
        try:
            barrier.wait(timeout=30)
            return add_version(MessageTemplate(kind="payment-digest", channel="sms", text=GOOD_SMS), by=user).version
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert sorted(pool.map(add, range(6))) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_the_preview_shows_the_text_the_size_and_a_harmless_frame() -> None:
    client = staff_client()
    sms = client.get(reverse("admin:outreach_messagetemplate_preview", args=[template(Channel.SMS).pk]))
    assert "GSM-7, soit\n      1 envoi par personne" in sms.content.decode()
    email = template(Channel.EMAIL)
    page = client.get(reverse("admin:outreach_messagetemplate_preview", args=[email.pk]))
    assert " sandbox\n" in page.content.decode()
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    frame = client.get(reverse("admin:outreach_messagetemplate_html", args=[email.pk]))
    assert frame.content.decode() == email.html
    policy = dict(part.strip().partition(" ")[::2] for part in frame.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    }
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert (
        client.get(reverse("admin:outreach_messagetemplate_html", args=[template(Channel.SMS).pk])).status_code == 404
    )


@pytest.mark.django_db
def test_the_list_says_which_version_is_in_service_in_constant_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = template(Channel.SMS)
    client = staff_client(Role.SUPERVISOR)
    user = User.objects.get(username="agent-supervisor")
    address = reverse("admin:outreach_messagetemplate_changelist")
    client.get(address)
    with django_assert_num_queries(10) as few:
        assert client.get(address).content.decode().count(">oui<") == 3
    for _ in range(10):
        activate(add_version(MessageTemplate(kind=first.kind, channel="sms", text=GOOD_SMS), by=user), by=user)
    with django_assert_num_queries(len(few.captured_queries)):
        page = client.get(address).content.decode()
    assert (page.count(">oui<"), page.count("non, remplacée")) == (3, 10)
