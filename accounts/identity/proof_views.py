"""Creating an account and choosing a new password, in three pages each; one set of views for both."""

from typing import ClassVar, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import View

from accounts.identity import proving
from accounts.identity.devices import CodeDevice
from accounts.identity.enums import ProofPurpose
from accounts.identity.forms import CodeForm, IdentityForm, NewPasswordForm
from accounts.identity.models import IdentityProof
from accounts.identity.pages import LANDING, is_signed_in, page, refuse
from accounts.identity.sign_in import finish_sign_in
from accounts.identity.sign_in_views import public_page
from ameli_notify.core.limits import RetryAfter

WRONG_PROOF_CODE: Final = (
    "Ce code n’a pas été accepté. Vérifiez-le, ou recommencez à la première étape pour en recevoir un nouveau : "
    "un code reste valable 10 minutes et ne permet que 5 essais."
)
START_AGAIN: Final = "Le temps prévu est écoulé, ou le code a déjà servi. Recommencez à la première étape."


class ProofView(View):
    """What the three steps know of where they are; ``purpose`` is given in the URLconf."""

    purpose: ProofPurpose = ProofPurpose.CREATE
    titles: ClassVar[dict[ProofPurpose, str]] = {
        ProofPurpose.CREATE: "Créer mon compte",
        ProofPurpose.RESET: "Mot de passe oublié",
    }
    starts: ClassVar[dict[ProofPurpose, str]] = {
        ProofPurpose.CREATE: "account-create",
        ProofPurpose.RESET: "password-forgotten",
    }

    def url_name(self, step: str = "") -> str:
        return self.starts[self.purpose] + (f"-{step}" if step else "")

    def context(self, **more: object) -> dict[str, object]:
        return {"title": self.titles[self.purpose], "start": self.url_name(), **more}

    def start_again(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, START_AGAIN)
        return redirect(self.url_name())


@public_page
class IdentityView(ProofView):
    """Step 1 of 3: NIR, date of birth, postcode."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if is_signed_in(request):
            return redirect(LANDING)
        return page(request, "accounts/identity/identity.html", IdentityForm(), context=self.context())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = IdentityForm(request.POST)
        if not form.is_valid():
            return page(request, "accounts/identity/identity.html", form, context=self.context())
        refusal = proving.start_proof(request, form.identity(), purpose=self.purpose)
        if isinstance(refusal, RetryAfter):
            return refuse(request, "accounts/identity/identity.html", form, refusal, message="", context=self.context())
        return redirect(self.url_name("code"))


@public_page
class ProofCodeView(ProofView):
    """Step 2 of 3: the code sent to the address that the insurer knows, if there is one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if proving.current_proof(request, purpose=self.purpose) is None:
            return redirect(self.url_name())
        return self._page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        proof = proving.current_proof(request, purpose=self.purpose)
        if proof is None:
            return self.start_again(request)
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        refusal = proving.give_proof_code(request, proof, code=form.cleaned_data["code"])
        if refusal is not None:
            context = self.context(here=self.url_name("code"))
            return refuse(
                request, "accounts/identity/proof_code.html", form, refusal, message=WRONG_PROOF_CODE, context=context
            )
        return redirect(self.url_name("password"))

    def _page(self, request: HttpRequest, form: Form) -> HttpResponse:
        return page(
            request, "accounts/identity/proof_code.html", form, context=self.context(here=self.url_name("code"))
        )


@public_page
class NewPasswordView(ProofView):
    """Step 3 of 3: a password of one's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        proof = proving.proven(request, purpose=self.purpose)
        if proof is None:
            return redirect(self.url_name())
        return self._page(request, NewPasswordForm(), proof)

    def post(self, request: HttpRequest) -> HttpResponse:
        proof = proving.proven(request, purpose=self.purpose)
        if proof is None:
            return self.start_again(request)
        form = NewPasswordForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, proof)
        try:
            done = proving.set_password(request, proof, password=form.cleaned_data["password"])
        except ValidationError as refused:
            form.add_error("password", refused)
            return self._page(request, form, proof)
        except proving.ProofExpiredError:
            return self.start_again(request)
        return self._signed_in(request, done) if done.is_new else self._sent_to_sign_in(request)

    def _page(self, request: HttpRequest, form: Form, proof: IdentityProof) -> HttpResponse:
        context = self.context(here=self.url_name("password"), has_account=proving.has_account(proof))
        return page(request, "accounts/identity/new_password.html", form, context=context)

    def _signed_in(self, request: HttpRequest, done: proving.NewPassword) -> HttpResponse:
        """A new account: the code that was just given is its second factor."""
        device = CodeDevice.objects.filter(user=done.account.user_id).order_by("pk").first()
        if device is None:  # the address was withdrawn while the password was being chosen
            return self._sent_to_sign_in(request)
        finish_sign_in(request, done.account, device=device)
        messages.success(request, "Votre compte est créé, et votre session est ouverte.")
        return redirect(LANDING)

    def _sent_to_sign_in(self, request: HttpRequest) -> HttpResponse:
        messages.success(request, "Votre nouveau mot de passe est enregistré. Connectez-vous.")
        return redirect("sign-in")
