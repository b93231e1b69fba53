"""Why signing in with FranceConnect stopped, and what the person is told."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Words:
    """A page: the end of its address, its title, what happened, what to do, and its HTTP status."""

    slug: str
    title: str
    happened: str
    advice: str
    status: HTTPStatus


class Reason(Enum):
    """Why it stopped. None of the pages tells what FranceConnect said of the person."""

    CANCELLED = Words(
        "interrompue",
        "Vous avez interrompu l’identification",
        "Rien n’a changé dans votre compte.",
        "Vous pouvez recommencer quand vous le souhaitez, ou vous connecter avec votre mot de passe.",
        HTTPStatus.OK,
    )
    EXPIRED = Words(
        "perimee",
        "Cette identification n’est plus valable",
        "Elle a duré trop longtemps, elle a déjà servi, ou elle a été commencée dans une autre fenêtre.",
        "Recommencez depuis le début. Aucune donnée n’a été perdue.",
        HTTPStatus.BAD_REQUEST,
    )
    UNREACHABLE = Words(
        "indisponible",
        "FranceConnect+ ne répond pas",
        "Le service de l’État n’a pas répondu à temps, ou a signalé une erreur.",
        "Réessayez dans quelques minutes, ou connectez-vous avec votre mot de passe.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    UNTRUSTED = Words(
        "non-verifiee",
        "Nous n’avons pas pu vérifier cette identification",
        "Rien ne prouve que la réponse reçue vient de FranceConnect+ et vous concerne. Nous l’avons écartée.",
        "Recommencez. Si cette page revient, connectez-vous avec votre mot de passe.",
        HTTPStatus.BAD_REQUEST,
    )
    TOO_WEAK = Words(
        "moyen-insuffisant",
        "Ce moyen d’identification ne suffit pas",
        "Vos données de santé demandent une identité numérique renforcée, vérifiée en deux étapes.",
        "Choisissez dans FranceConnect+ un moyen renforcé, par exemple France Identité ou L’Identité Numérique "
        "La Poste, ou connectez-vous avec votre mot de passe.",
        HTTPStatus.FORBIDDEN,
    )
    UNKNOWN = Words(
        "non-liee",
        "Votre compte n’est pas encore lié à FranceConnect+",
        "Votre identification a réussi, mais nous ne savons pas encore à quel compte relier cette identité. Cela se "
        "fait une seule fois.",
        "Connectez-vous avec votre numéro de sécurité sociale et votre mot de passe, ouvrez la page « Sécurité », puis "
        "choisissez « Lier FranceConnect+ à mon compte ». Si vous n’avez pas encore de compte, créez-le d’abord.",
        HTTPStatus.FORBIDDEN,
    )
    TAKEN = Words(
        "deja-liee",
        "Cette identité est déjà liée à un autre compte",
        "Une identité FranceConnect+ ne peut ouvrir qu’un seul compte. Rien n’a changé dans le vôtre.",
        "Vérifiez que l’identité utilisée est bien la vôtre. En cas de doute, appelez un conseiller au "
        "3646 (service gratuit, prix d’un appel).",
        HTTPStatus.CONFLICT,
    )
    OTHER_PERSON = Words(
        "autre-personne",
        "Cette identité n’est pas celle de votre compte",
        "La date de naissance ou le sexe transmis par FranceConnect+ ne sont pas ceux que nous connaissons. Rien n’a "
        "changé dans votre compte.",
        "Vérifiez que l’identité de quelqu’un d’autre n’est pas restée ouverte sur cet appareil, puis recommencez. "
        "Si l’erreur persiste, appelez un conseiller au 3646 (service gratuit, prix d’un appel).",
        HTTPStatus.FORBIDDEN,
    )

    @property
    def slug(self) -> str:
        return self.value.slug


class StoppedError(Exception):
    """Signing in or linking stopped. ``detail`` says where, for the log, and holds nothing personal."""

    def __init__(self, reason: Reason, *, detail: str = "") -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.detail = detail
