"""From the scopes that are asked for to those that are granted, in our words and in those of SMART Backend Services.

A token holds our scopes only. ``system/Patient.rs`` and ``system/ExplanationOfBenefit.rs`` (SMART App Launch 2; before
it ``.read``) are other words for two of them; ``system/*.rs`` is both, or the one that the client may have. SMART knows
no scope of its own for bulk data: whoever is granted both in these words may export too, if the client may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.partners.enums import Scope

_EVERYTHING: Final = ("system/*.rs", "system/*.read")
_SAME_AS: Final = {
    "system/Patient.rs": Scope.MEMBERS_READ,
    "system/Patient.read": Scope.MEMBERS_READ,
    "system/ExplanationOfBenefit.rs": Scope.REIMBURSEMENTS_READ,
    "system/ExplanationOfBenefit.read": Scope.REIMBURSEMENTS_READ,
}
_BOTH: Final[frozenset[str]] = frozenset((Scope.MEMBERS_READ, Scope.REIMBURSEMENTS_READ))
SMART_SCOPES: Final = ("system/Patient.rs", "system/ExplanationOfBenefit.rs", "system/*.rs")
"""As documents name them."""


class UngrantableScopeError(ValueError):
    """A scope that does not exist, or is not the client's."""


@dataclass(frozen=True, slots=True)
class Granted:
    """``scopes``: ours, for the token. ``told``: the same for the client, with the words that it asked in."""

    scopes: list[str]
    told: list[str]


def grant(asked: str, allowed: Sequence[str]) -> Granted:
    """``asked``: separated by spaces; empty for all. ``allowed``: the client's. Raises UngrantableScopeError."""
    words = list(dict.fromkeys(asked.split(" "))) if asked else list(allowed)
    wanted, smart = set[str](), set[str]()
    for word in words:
        meant = _BOTH & set(allowed) if word in _EVERYTHING else {str(_SAME_AS.get(word, word))}
        if not meant or not meant <= set(allowed):
            raise UngrantableScopeError
        wanted |= meant
        smart |= meant if word.startswith("system/") else set()
    if smart == _BOTH and Scope.EXPORT in allowed:
        wanted.add(Scope.EXPORT)
    if not wanted:
        raise UngrantableScopeError
    scopes = [scope for scope in allowed if scope in wanted]
    return Granted(scopes, [*scopes, *(word for word in words if word.startswith("system/"))])
