"""The pages of a draft: choosing payments, the questions, the last check. All work without JavaScript."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from ameli_notify.core.sealed_tokens import TokenError
from fraud.intake.access import draft_required, own_attachments, to_draft
from fraud.intake.articles import titles_of
from fraud.intake.drafting import (
    MOST_DRAFTS,
    MOST_LINES,
    NoLineError,
    TooManyDraftsError,
    choose_lines,
    discard,
    draft_about,
    go_to,
    save_answer,
    start_draft,
)
from fraud.intake.forms import LinesForm, StepForm
from fraud.intake.lines import PaidLine, lines_by_key, statement_lines
from fraud.intake.models import FraudReport
from fraud.intake.pages import draft_context, lines_of, open_reports_about
from fraud.intake.questionnaire.publishing import published
from fraud.intake.questionnaire.structure import Explanation, Step
from fraud.intake.receipts import shown
from fraud.intake.review import answers_in_words
from fraud.intake.sealed import answers_of
from fraud.intake.sending import NotReadyError, send_report
from fraud.intake.walking import CHECK, FILES, walk
from reimbursements.payments.access import Reader, reader_of

START = "fraud/intake/start.html"
STATEMENT = "paiement"
MOTIVE = "motif"
TOO_MANY_LINES = f"Choisissez {MOST_LINES} paiements au plus."


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Signaler un remboursement suspect », from one payment: which of its lines are meant."""
    token = request.GET.get(STATEMENT, "")
    if not token:
        return render(request, "fraud/intake/where_to_start.html")
    who = reader_of(request)
    lines = _statement(who, token)
    only = [lines[0].mark] if len(lines) == 1 else []
    form = LinesForm(request.POST if request.method == "POST" else None, lines=lines, initial={"lines": only})
    if request.method != "POST" or not form.is_valid():
        return _choose(request, form, lines=lines, who=who)
    is_resumed = draft_about(who.person_id, lines=form.chosen()) is not None
    try:
        draft = start_draft(who.person_id, lines=form.chosen(), motive=request.GET.get(MOTIVE, ""))
    except TooManyDraftsError:
        form.add_error(None, f"Vous avez déjà {MOST_DRAFTS} signalements commencés. Terminez-en ou supprimez-en un.")
        return _choose(request, form, lines=lines, who=who)
    except NoLineError:
        form.add_error("lines", TOO_MANY_LINES)
        return _choose(request, form, lines=lines, who=who)
    if is_resumed:
        messages.info(request, "Vous aviez commencé ce signalement : vous le reprenez où vous en étiez.")
    return to_draft(draft)


@draft_required
@require_safe
def resume(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """Where the person had stopped."""
    return _to_step(draft)


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def lines(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """Take payments off a draft; others are added from their own page."""
    who = reader_of(request)
    known = lines_by_key(who, lines_of(draft))
    form = LinesForm(
        request.POST if request.method == "POST" else None,
        lines=known,
        initial={"lines": [line.mark for line in known]},
    )
    if request.method == "POST" and form.is_valid():
        choose_lines(draft.pk, lines=form.chosen())
        return _to_step(draft)
    return _choose(request, form, lines=known, who=who, draft=draft)


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, session: OpenSession, draft: FraudReport, step: str) -> HttpResponse:
    """One question. Only pages on the person's own way are shown: others lead to where they are."""
    questionnaire = published(draft.questionnaire_id)
    way = walk(questionnaire, answers_of(draft))
    node = questionnaire.nodes.get(step)
    given = way.answer(step)
    if not isinstance(node, Step) or (given is None and way.end.name != step):
        return _to_step(draft)
    initial = {"choice": given.choice, "story": given.story} if given else None
    form = StepForm(request.POST if request.method == "POST" else None, step=node, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _to_step(save_answer(draft.pk, form.answer))
    before = [one.step for one in way.answers]
    place = before.index(step) if step in before else len(before)
    context = {
        "form": form,
        "node": node,
        "previous": before[place - 1] if place else "",
        **draft_context(draft, stage=2, page=way.page_of(step)),
    }
    return render(request, "fraud/intake/step.html", context, status=400 if form.errors else 200)


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def explanation(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """Why such a payment is often right; whoever still doubts goes on."""
    way = walk(published(draft.questionnaire_id), answers_of(draft))
    if not isinstance(way.end, Explanation):
        return _to_step(draft)
    if request.method == "POST":
        return _to_step(go_to(draft.pk, FILES))
    context = {
        "node": way.end,
        "articles": titles_of(way.end.articles),
        "previous": way.answers[-1].step,
        **draft_context(draft, stage=2, page=way.page_of(way.end.name)),
    }
    return render(request, "fraud/intake/explanation.html", context)


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """« Vérifiez vos réponses », then send."""
    way = walk(published(draft.questionnaire_id), answers_of(draft))
    if not way.is_complete:
        return _to_step(draft)
    who = reader_of(request)
    known = lines_by_key(who, lines_of(draft))
    if request.method == "POST":
        return _send(request, draft, known)
    context = {
        "lines": known,
        "answers": answers_in_words(draft),
        "attachments": own_attachments(draft),
        "joining": open_reports_about(who.person_id, known, beside=draft),
        **draft_context(draft, stage=4, page=0),
    }
    return render(request, "fraud/intake/check.html", context)


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def throw_away(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """Delete a draft, after asking."""
    if request.method == "POST":
        discard(draft.pk)
        messages.success(request, "Votre brouillon est supprimé.")
        return redirect("reports")
    return render(request, "fraud/intake/discard.html", draft_context(draft, stage=0, page=0))


@draft_required
@require_POST
def understood(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """The explanation was enough: the draft goes, and nothing is sent."""
    discard(draft.pk)
    messages.success(
        request, "C’est noté : rien n’est envoyé. Vous pourrez revenir sur ce paiement quand vous voudrez."
    )
    return redirect("payments")


def _statement(who: Reader, token: str) -> list[PaidLine]:
    try:
        found = statement_lines(who, token)
    except TokenError as error:
        raise Http404 from error
    if not found:
        raise Http404
    return found


def _choose(
    request: HttpRequest, form: LinesForm, *, lines: list[PaidLine], who: Reader, draft: FraudReport | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "lines": lines,
        "ticked": set(form["lines"].value() or []),
        "joining": open_reports_about(who.person_id, lines, beside=draft),
        **draft_context(draft, stage=1, page=1),
    }
    return render(request, START, context, status=400 if form.errors else 200)


def _send(request: HttpRequest, draft: FraudReport, known: list[PaidLine]) -> HttpResponse:
    try:
        sent = send_report(draft.pk, insured_id=draft.insured_id)
    except NotReadyError:
        messages.error(request, _not_ready(known))
        return to_draft(draft, "report-lines") if not known else _to_step(draft)
    except FraudReport.DoesNotExist:  # sent by another window a moment ago
        return redirect("report", public_id=draft.public_id)
    report = sent.report
    number = shown(report.receipt_no or "")
    if sent.has_joined:
        text = f"Vos nouvelles informations sont ajoutées à votre signalement {number}, déjà en cours."
    else:
        text = f"Votre signalement est envoyé. Son numéro : {number}."
    messages.success(request, text)
    return redirect("report", public_id=report.public_id)


def _not_ready(known: list[PaidLine]) -> str:
    if known:
        return "Il manque une réponse. Complétez cette page, puis envoyez votre signalement."
    return "Ces paiements ne sont plus dans votre espace : le signalement ne peut pas être envoyé en ligne."


def _to_step(draft: FraudReport) -> HttpResponse:
    """The page where the draft stands."""
    if draft.step == FILES:
        return to_draft(draft, "report-files")
    if draft.step == CHECK:
        return to_draft(draft, "report-check")
    if draft.step == draft.leaf and draft.leaf:
        return to_draft(draft, "report-explanation")
    return to_draft(draft, "report-step", step=draft.step)
