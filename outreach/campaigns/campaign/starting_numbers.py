"""The numbers that the insurer shows, as people can check them: put in by the migration."""

import datetime as dt
from typing import Any, Final

from django.db.models import Manager

STARTING: Final = (
    ("3646", dt.date(2020, 1, 1), "ameli.fr, « Nous contacter »"),
    ("0553356237", dt.date(2020, 1, 1), "ameli.fr, « Reconnaître un appel de l’Assurance Maladie »"),
)


def add_starting_numbers(numbers: "Manager[Any]") -> None:
    """Those that are not there."""
    for number, valid_from, source in STARTING:
        numbers.get_or_create(number=number, valid_from=valid_from, defaults={"source": source})
