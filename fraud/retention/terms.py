"""How long things are kept, as the functions that delete them count it."""

import datetime as dt
import math

from fraud.cases.enums import ParameterCode
from fraud.cases.parameters import ParameterError, parameter
from fraud.retention.schema import FLOORS


def years_kept(code: ParameterCode, *, day: dt.date) -> int | None:
    """Years after the end; None where no figure is in force: then nothing is deleted."""
    try:
        return max(FLOORS[code], math.ceil(parameter(code, day=day)))
    except ParameterError:
        return None
