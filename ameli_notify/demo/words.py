"""Codes in plain words, for the summary."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "E001_PARSE": "ligne illisible : nombre, date ou colonnes",
    "E101_NIR_KEY": "numéro de sécurité sociale mal formé ou clé fausse",
    "E110_UNKNOWN_PERSON": "personne absente de l’annuaire",
    "E111_RPPS_KEY": "numéro RPPS faux",
    "E201_PAID_GT_CHARGED": "remboursé plus que payé",
    "E301_UNKNOWN_NATURE": "nature de prestation inconnue",
    "E303_UNKNOWN_FUND": "caisse émettrice inconnue",
    "E401_DATE_ORDER": "paiement antérieur aux soins",
    "E402_FUTURE": "paiement daté d’après le fichier",
    "E501_CANCEL_UNKNOWN": "annulation d’une ligne qui n’existe pas",
    "E601_KEY_CONFLICT": "même numéro de ligne, autre contenu",
    "W112_FINESS": "numéro FINESS douteux",
    "W202_RATE": "taux et montant qui ne s’accordent pas",
    "W302_UNKNOWN_ACT": "acte absent de la nomenclature",
}


def in_words(code: str) -> str:
    """The meaning of a code, or the code itself."""
    return CODES.get(code, code)
