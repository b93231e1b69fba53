"""What a simulation is asked for."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_START: Final = dt.date(2026, 10, 22)
DEFAULT_DEFECT_RATE: Final = 0.004
MOST_PERSONS: Final = 5_000_000
MOST_DAYS: Final = 366
MOST_DEFECTS: Final = 0.02

_PERSONS_PER_EMITTER: Final = 5_000
_FEWEST_EMITTERS: Final = 3


class SimulationError(ValueError):
    """The simulation cannot be made as asked; the message says why, in a sentence for the command line."""


def require_size(*, persons: int, days: int, seed: int) -> None:
    """Raises SimulationError when nothing can be simulated of this size or from this seed."""
    if not 1 <= persons <= MOST_PERSONS:
        raise SimulationError(f"Le nombre de personnes doit être compris entre 1 et {MOST_PERSONS}.")
    if not 1 <= days <= MOST_DAYS:
        raise SimulationError(f"Le nombre de jours doit être compris entre 1 et {MOST_DAYS}.")
    if seed < 0:
        raise SimulationError("La graine doit être un nombre entier positif ou nul.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """``defect_rate`` is a share of the claims. Raises SimulationError when a value makes no sense."""

    persons: int
    days: int
    seed: int
    out: Path
    start: dt.date = DEFAULT_START
    defect_rate: float = DEFAULT_DEFECT_RATE
    is_gzipped: bool = False

    def __post_init__(self) -> None:
        require_size(persons=self.persons, days=self.days, seed=self.seed)
        if not 0 <= self.defect_rate <= MOST_DEFECTS:
            raise SimulationError(
                f"Le taux de défauts doit être compris entre 0 et {MOST_DEFECTS} (au-delà, un fichier serait refusé)."
            )
        if not dt.date(2024, 6, 1) <= self.start <= dt.date(2099, 1, 1):
            raise SimulationError("Le premier jour doit être compris entre le 01/06/2024 et le 01/01/2099.")

    def emitter_count(self, available: int) -> int:
        """A handful of emitting funds, more of them as the set grows."""
        return min(available, max(_FEWEST_EMITTERS, self.persons // _PERSONS_PER_EMITTER))
