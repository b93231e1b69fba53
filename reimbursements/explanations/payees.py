"""Who was paid, in words: you, a professional in third-party payment, an employer, somebody else."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.lines import LineView
from reimbursements.explanations.wording import plain


class PayeeKind(StrEnum):
    YOU = "you"
    INSURED = "insured"
    PROFESSIONAL = "professional"
    EMPLOYER = "employer"
    PARTNER = "partner"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Payee:
    """``name`` stands alone (« Le médecin »), ``to`` follows a verb (« au médecin »)."""

    kind: PayeeKind
    name: str
    to: str

    @property
    def is_third_party_payment(self) -> bool:
        """Tiers payant in the sense of the insured: a professional or an establishment got the money."""
        return self.kind is PayeeKind.PROFESSIONAL


DIRECT: Final = 10
DOCTOR: Final = 34
STATUTORY_THIRD_PARTY: Final = 35
INTEGRAL_THIRD_PARTY: Final = 36

_CARE_GIVER: Final = Payee(
    PayeeKind.PROFESSIONAL,
    "Le professionnel ou l’établissement de santé",
    "au professionnel ou à l’établissement de santé",
)
_BY_PROFESSION: Final = {
    "médecin": ("Le médecin", "au médecin"),
    "chirurgien-dentiste": ("Le chirurgien-dentiste", "au chirurgien-dentiste"),
    "sage-femme": ("La sage-femme", "à la sage-femme"),
    "infirmier": ("Le cabinet infirmier", "au cabinet infirmier"),
    "psychologue": ("Le cabinet de psychologie", "au cabinet de psychologie"),
    "masseur-kinésithérapeute": ("Le cabinet de kinésithérapie", "au cabinet de kinésithérapie"),
    "pédicure-podologue": ("Le cabinet de podologie", "au cabinet de podologie"),
    "orthophoniste": ("Le cabinet d’orthophonie", "au cabinet d’orthophonie"),
    "orthoptiste": ("Le cabinet d’orthoptie", "au cabinet d’orthoptie"),
    "laboratoire": ("Le laboratoire", "au laboratoire"),
    "pharmacie": ("La pharmacie", "à la pharmacie"),
    "transporteur": ("Le transporteur", "au transporteur"),
    "fournisseur": ("Le fournisseur", "au fournisseur"),
    "établissement": ("L’établissement de santé", "à l’établissement de santé"),
}
_BY_CODE: Final = {
    31: Payee(PayeeKind.EMPLOYER, "Le correspondant de votre entreprise", "au correspondant de votre entreprise"),
    32: Payee(PayeeKind.PARTNER, "Votre mutuelle", "à votre mutuelle"),
    33: Payee(PayeeKind.EMPLOYER, "Votre employeur", "à votre employeur"),
    DOCTOR: Payee(PayeeKind.PROFESSIONAL, "Le médecin", "au médecin"),
    37: Payee(PayeeKind.EMPLOYER, "Vos employeurs", "à vos employeurs"),
}
YOU: Final = Payee(PayeeKind.YOU, "Vous", "à vous")
_INSURED: Final = Payee(PayeeKind.INSURED, "La personne assurée", "à la personne assurée")


def payee_of(line: LineView, book: ReferenceBook, *, viewer_id: int, is_secret: bool) -> Payee:
    """Who got the money of a line. Care under secrecy does not even tell the profession."""
    if line.payee == DIRECT:
        return YOU if line.insured_id == viewer_id else _INSURED
    if line.payee in (STATUTORY_THIRD_PARTY, INTEGRAL_THIRD_PARTY) or (line.payee == DOCTOR and is_secret):
        return _CARE_GIVER if is_secret else _care_giver(line.performer_specialty, book, on=line.care_start)
    if line.payee in _BY_CODE:
        return _BY_CODE[line.payee]
    known = book.payee(line.payee, on=line.care_start)
    if known is None:
        return Payee(PayeeKind.OTHER, "Un autre destinataire", "à un autre destinataire")
    label = plain(known.plain_label)
    return Payee(PayeeKind.OTHER, label, f"à un autre destinataire ({label})")


def _care_giver(specialty: str, book: ReferenceBook, *, on: dt.date) -> Payee:
    known = book.specialty(specialty, on=on)
    words = _BY_PROFESSION.get(known.profession) if known else None
    return Payee(PayeeKind.PROFESSIONAL, *words) if words else _CARE_GIVER
