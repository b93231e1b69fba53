"""Keyboard shortcuts of the console: which there are, and whether somebody wants them (WCAG 2.1.4)."""

from typing import Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from accounts.staff.perms import signed_in
from fraud.staffing.models import KeyboardSwitch

KEYS: Final = (
    ("j ou ↓", "aller à la ligne suivante, ou à l’acte suivant d’un dossier"),
    ("k ou ↑", "revenir à la ligne précédente, ou à l’acte précédent"),
    ("Entrée", "ouvrir ce qui est atteint"),
    ("x", "cocher ou décocher la ligne atteinte"),
    ("/", "chercher"),
    ("u", "revenir à la liste"),
    ("?", "montrer ou cacher cette aide"),
)
"""What ``console_keys.js`` does; arrows act only once a line has been reached."""


def shortcuts_of(user_id: int) -> tuple[tuple[str, str], ...]:
    """The shortcuts that somebody has: all, or none when they switched them off."""
    return () if KeyboardSwitch.objects.filter(pk=user_id).exists() else KEYS


@require_http_methods(["GET", "HEAD", "POST"])
def keyboard_page(request: HttpRequest) -> HttpResponse:
    """The shortcuts, and the button that switches them off or on for whoever is signed in."""
    user = signed_in(request)
    if request.method == "POST":
        if request.POST.get("raccourcis") == "non":
            KeyboardSwitch.objects.get_or_create(owner=user)
            messages.success(request, "Les raccourcis clavier sont désactivés.")
        else:
            KeyboardSwitch.objects.filter(owner=user).delete()
            messages.success(request, "Les raccourcis clavier sont actifs.")
        return redirect("admin:keyboard")
    context = {"title": "Raccourcis clavier", "keys": KEYS, "is_on": bool(shortcuts_of(user.pk))}
    return TemplateResponse(request, "admin/fraud/keyboard.html", admin.site.each_context(request) | context)
