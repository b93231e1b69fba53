"""Forms that are only a beginning: what is left to say must be said by whoever derives from them."""

from abc import ABCMeta

from django.forms.forms import DeclarativeFieldsMetaclass


class AbstractForm(ABCMeta, DeclarativeFieldsMetaclass):
    """Metaclass of a form with abstract methods: one that leaves some out cannot be made."""
