"""French spaces in what our own sentences say, where a template prints them; never for a person's words."""

from django import template
from django.template.defaultfilters import stringfilter

from ameli_notify.core.page_typography import tight

register = template.Library()


@register.filter(is_safe=True)
@stringfilter
def typeset(text: str) -> str:
    """``Un doute ?`` with a space that does not break."""
    return tight(text)
