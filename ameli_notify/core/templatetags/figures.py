"""Figures as they are written in French."""

from django import template

from ameli_notify.core.import_report import french_number

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """``5 265``, with a narrow no-break space. For counts only: an identifier stays in one piece."""
    return french_number(number)
