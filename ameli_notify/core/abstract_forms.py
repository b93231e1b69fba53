"""Forms and pages of the console that are only a beginning: what is left to say must be said by whoever derives from
them."""

from abc import ABCMeta

from django.forms.forms import DeclarativeFieldsMetaclass
from django.forms.widgets import MediaDefiningClass


class AbstractForm(ABCMeta, DeclarativeFieldsMetaclass):
    """Metaclass of a form with abstract methods: one that leaves some out cannot be made."""


class AbstractPage(ABCMeta, MediaDefiningClass):
    """Metaclass of a page of the console with abstract methods: one that leaves some out cannot be registered."""
