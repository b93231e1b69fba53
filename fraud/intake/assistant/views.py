"""The assistant's page: what was said, what goes with the last reply, and one field. Works without JavaScript."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required
from ameli_notify.core.limits import Allowed, hit
from fraud.intake.articles import titles_of
from fraud.intake.assistant.dialogue import ASSISTANT, LONGEST_QUESTION, answer, forget, last_intent, own_dialogue
from fraud.intake.assistant.script import Facts, Reply, script
from fraud.intake.lines import PaidLine, latest_lines, latest_withheld
from fraud.intake.pages import my_reports
from fraud.intake.sealed import turns_of
from reimbursements.explanations.typography import NBSP
from reimbursements.payments.access import Reader, reader_of
from reimbursements.payments.tokens import statement_token

QUESTIONS: Final = 120
AN_HOUR: Final = 60 * 60
MOST_LINES: Final = 5
LONGEST_FR: Final = f"{LONGEST_QUESTION:,}".replace(",", NBSP)
TOO_LONG: Final = (
    f"Votre question est trop longue : {LONGEST_FR} caractères au plus. Raccourcissez-la, ou parlez à un conseiller."
)
EXCHANGE: Final = 2
"""A question and its reply: what is shown open."""


class QuestionForm(forms.Form):
    """A question in free words."""

    question = forms.CharField(
        label="Votre question",
        help_text=f"Avec vos mots, {LONGEST_FR} caractères au plus.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "true"}),
        # Not « max_length »: browsers then cut what is pasted without a word.
        validators=[MaxLengthValidator(LONGEST_QUESTION, TOO_LONG)],
        error_messages={
            "required": "Écrivez votre question.",
            "null_characters_not_allowed": "Le texte contient un caractère qui ne peut pas être utilisé.",
        },
    )


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Ask, and read the reply on the same page."""
    insured_id = session.account.insured_id
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        intent = request.POST.get("topic", "")
        is_button = any(topic.intent == intent for topic in script().topics)
        if is_button or form.is_valid():
            allowed = hit(f"assistant|{insured_id}", limit=QUESTIONS, window_seconds=AN_HOUR)
            if isinstance(allowed, Allowed):
                question = "" if is_button else form.cleaned_data["question"]
                answer(insured_id, question=question, intent=intent if is_button else "")
                return redirect("assistant")
            form = QuestionForm(request.POST)
            form.is_valid()
            form.add_error(None, wait_fr(allowed))
    return render(request, "fraud/intake/assistant.html", _context(request, form), status=400 if form.errors else 200)


@insured_required
@require_POST
def start_again(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Forget what was said."""
    forget(session.account.insured_id)
    return redirect("assistant")


def _context(request: HttpRequest, form: QuestionForm) -> dict[str, Any]:
    who = reader_of(request)
    dialogue = own_dialogue(who.person_id)
    turns = turns_of(dialogue) if dialogue else []
    reply = script().replies.get(last_intent(turns))
    said = [(turn.by == ASSISTANT, turn.text.split("\n")) for turn in turns] or [(True, list(script().welcome))]
    return {
        "form": form,
        "earlier": said[:-EXCHANGE],
        "latest": said[-EXCHANGE:],
        "has_talked": bool(turns),
        "topics": script().topics,
        "articles": titles_of(reply.articles) if reply else [],
        **(_facts(who, reply) if reply else {"lines": [], "withheld": [], "my_reports": []}),
    }


def _facts(who: Reader, reply: Reply) -> Mapping[str, Any]:
    """What of the person's own goes with the reply."""
    lines = latest_lines(who, most=MOST_LINES) if reply.facts is Facts.LATEST else []
    drafts, sent = my_reports(who.person_id) if reply.facts is Facts.REPORTS else ([], [])
    return {
        "lines": [(line, _links(line, who, reply)) for line in lines],
        "withheld": latest_withheld(who, most=MOST_LINES) if reply.facts is Facts.WITHHELD else [],
        "my_reports": [*drafts, *sent],
    }


def _links(line: PaidLine, who: Reader, reply: Reply) -> dict[str, str]:
    """Addresses: the detail of the line's payment, and the form about it."""
    token = statement_token(line.statement, reader_id=who.person_id)
    choice = {"paiement": token} | ({"motif": reply.motive} if reply.motive else {})
    return {
        "detail": reverse("payment", kwargs={"statement": token}),
        "report": f"{reverse('report-start')}?{urlencode(choice)}",
    }
