"""Answers that advisers start from, reviewed like code: each is read and changed before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedAnswer:
    """``label`` is what the adviser chooses by."""

    label: str
    text: str


CANNED: Final[Mapping[str, CannedAnswer]] = {
    "bonjour": CannedAnswer(
        label="Bonjour",
        text="Bonjour, je suis conseiller de l’Assurance Maladie. J’ai lu votre demande et ce que vous aviez déjà dit.",
    ),
    "precision": CannedAnswer(
        label="Quel paiement ?",
        text=(
            "De quel paiement s’agit-il ? Donnez-moi sa date et le nom du professionnel, comme vous les lisez dans "
            "« Mes paiements ». Ne m’écrivez ni mot de passe ni coordonnées bancaires."
        ),
    ),
    "retenues": CannedAnswer(
        label="Participation et franchise",
        text=(
            "La participation forfaitaire et la franchise sont retenues sur vos remboursements. Chacune a un plafond "
            "par an. La rubrique « Comprendre » de votre espace montre où vous en êtes."
        ),
    ),
    "signaler": CannedAnswer(
        label="Faire un signalement",
        text=(
            "Ce paiement mérite un signalement. Dans « Mes signalements », choisissez « Signaler un remboursement "
            "suspect » : cela prend quelques minutes, et un enquêteur l’examinera."
        ),
    ),
    "suivre": CannedAnswer(
        label="Où en est mon signalement",
        text=(
            "La page « Mes signalements » dit où en est le vôtre. Quand l’enquêteur a une question, un message vous "
            "y attend."
        ),
    ),
    "fin": CannedAnswer(
        label="Avant de terminer",
        text="Ai-je répondu à votre question ? Si vous n’avez plus rien à ajouter, je termine notre conversation.",
    ),
}
