"""The form of a new version of a text: it says in French, beside the right field, what the linter refuses."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from outreach.notifications.linter import Channel as LintChannel
from outreach.notifications.linter import Finding, LintError, check_message, lint
from outreach.notifications.models import MessageTemplate


class TemplateForm(forms.ModelForm[MessageTemplate]):
    """``message_channel`` is set by the page that makes the form's class."""

    message_channel: ClassVar[LintChannel]

    class Meta:
        model = MessageTemplate
        fields = ("subject", "text", "html")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        parts = {name: _unix_lines(str(data.get(name) or "")) for name in self.fields}
        data.update(parts)
        for name, value in parts.items():
            if name not in self.errors:
                self._refuse(name, lint(value, channel=self.message_channel, part=name))  # type: ignore[arg-type]
        if not self.errors:
            self._check_parts_together(parts)
        return data

    def _check_parts_together(self, parts: dict[str, str]) -> None:
        try:
            check_message(channel=self.message_channel, **parts)
        except LintError as error:
            self._refuse("html", error.findings)

    def _refuse(self, name: str, findings: Iterable[Finding]) -> None:
        for found in findings:
            shown = f" (« {found.excerpt} »)" if found.excerpt else ""
            self.add_error(name, forms.ValidationError(f"{found.message_fr}{shown}", code=str(found.code)))


def _unix_lines(text: str) -> str:
    """Browsers send CRLF; texts are kept with plain line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
