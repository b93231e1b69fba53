"""Sign-in of insured people in two pages, and sign-out."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import View

from accounts.identity import sign_in
from accounts.identity.factors import FactorKind, Refused, choices_of
from accounts.identity.forms import CodeForm, RecoveryForm, SignInForm
from accounts.identity.franceconnect import leaving
from accounts.identity.franceconnect.configuration import configuration as franceconnect
from accounts.identity.models import InsuredAccount
from accounts.identity.pages import is_signed_in, page, refuse, safe_next, wait_for_code_fr, with_next
from accounts.identity.sign_in import SIGNING_IN, Chosen, awaiting_code, choose_factor, chosen_factor

WRONG_FIRST_STEP: Final = "Le numéro de sécurité sociale ou le mot de passe n’est pas correct."
WRONG_CODE: Final = (
    "Ce code n’a pas été accepté. Vérifiez-le, ou demandez-en un nouveau : un code ne sert qu’une fois et reste "
    "valable 10 minutes, pour 5 essais."
)
EXPIRED_FIRST_STEP: Final = "Le temps prévu pour saisir le code est écoulé. Recommencez avec votre mot de passe."

public_page = method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")


@public_page
class SignInView(View):
    """Step 1 of 2: NIR and password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if is_signed_in(request):
            return redirect(safe_next(request))
        return self._page(request, SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        refusal = sign_in.give_password(request, **form.cleaned_data)
        if refusal is not None:
            answer = refuse(
                request,
                "accounts/identity/sign_in.html",
                form,
                refusal,
                message=WRONG_FIRST_STEP,
                context=self._context(request),
            )
            return leaving.may_post_to_franceconnect(answer)
        return redirect(with_next(request, "sign-in-code"))

    def _page(self, request: HttpRequest, form: Form) -> HttpResponse:
        answer = page(request, "accounts/identity/sign_in.html", form, context=self._context(request))
        return leaving.may_post_to_franceconnect(answer)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {"next": safe_next(request), "has_franceconnect": franceconnect() is not None}


@public_page
class CodeView(View):
    """Step 2 of 2: a code of the factor that was chosen."""

    def get(self, request: HttpRequest) -> HttpResponse:
        account = awaiting_code(request)
        if account is None:
            return redirect(with_next(request, "sign-in"))
        chosen = chosen_factor(request, account, slot=SIGNING_IN)
        return page(
            request,
            "accounts/identity/sign_in_code.html",
            code_form(chosen),
            context=code_context(request, account, chosen),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        account = awaiting_code(request)
        if account is None:
            messages.warning(request, EXPIRED_FIRST_STEP)
            return redirect(with_next(request, "sign-in"))
        chosen = chosen_factor(request, account, slot=SIGNING_IN)
        context = code_context(request, account, chosen)
        form = code_form(chosen, request.POST)
        if not form.is_valid():
            return page(request, "accounts/identity/sign_in_code.html", form, context=context)
        refusal = sign_in.give_code(request, account, code=form.cleaned_data["code"])
        if refusal is not None:
            return refuse(
                request, "accounts/identity/sign_in_code.html", form, refusal, message=WRONG_CODE, context=context
            )
        return redirect(context["next"])


@login_not_required
@never_cache
@require_POST
def sign_in_factor(request: HttpRequest) -> HttpResponse:
    """Use another factor, or have a new code sent, during sign-in."""
    account = awaiting_code(request)
    if account is None:
        messages.warning(request, EXPIRED_FIRST_STEP)
        return redirect(with_next(request, "sign-in"))
    take_choice(request, account, slot=SIGNING_IN)
    return redirect(with_next(request, "sign-in-code"))


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """Forget the session, whoever it belonged to; FranceConnect's as well, where it knows of this one."""
    hint = leaving.hint_of(request)
    sign_in.sign_out(request)
    if hint is None:
        messages.success(request, "Votre session est fermée.")
    else:
        leaving.prepare(request, hint)
    response = redirect("sign-in" if hint is None else "franceconnect-sign-out")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def take_choice(request: HttpRequest, account: InsuredAccount, *, slot: str) -> None:
    """Do what the list of other means asked for. The page itself says when a code cannot be sent yet."""
    refusal = choose_factor(request, account, device_id=request.POST.get("device", ""), slot=slot)
    if isinstance(refusal, Refused):
        messages.warning(request, "Ce moyen de connexion n’est plus disponible. Choisissez-en un autre.")


def code_form(chosen: Chosen | None, data: Any = None) -> Form:  # noqa: ANN401 (request.POST or nothing)
    """Six digits, or a recovery code."""
    is_recovery = chosen is not None and chosen.factor.kind is FactorKind.RECOVERY
    return RecoveryForm(data) if is_recovery else CodeForm(data)


def code_context(request: HttpRequest, account: InsuredAccount, chosen: Chosen | None) -> dict[str, Any]:
    """What the code page shows: the factor asked for, and the others.

    ``takes_code``: there is a code to type, and not first one to ask for.
    """
    asked = chosen.factor if chosen else None
    must_be_sent = chosen is not None and chosen.factor.is_sent
    has_code = chosen is not None and chosen.has_code
    return {
        "factor": asked,
        "must_be_sent": must_be_sent,
        "takes_code": asked is not None and (not must_be_sent or has_code or request.method == "POST"),
        "was_sent": chosen is not None and chosen.was_sent,
        "wait": wait_for_code_fr(chosen.wait) if chosen is not None and chosen.wait else "",
        "others": choices_of(account, beside=asked),
        "next": safe_next(request),
    }
