"""Texts of sign-in messages. They follow the rules of the digest, but for one code of six digits.

CODE stands where the code goes: as long as a code and made of letters, so that a text passes the linter of
every other message before a code is put in.
"""

from dataclasses import dataclass
from typing import Final

from accounts.identity.enums import SecurityMessageKind as Kind

CODE: Final = "QQQQQQ"


@dataclass(frozen=True, slots=True)
class CodeWording:
    """One message: an SMS, and an e-mail as a subject and paragraphs. A paragraph that is CODE stands out."""

    sms: str
    subject: str
    paragraphs: tuple[str, ...]


_SIGNATURE: Final = "Votre caisse d’assurance maladie"
_NOBODY: Final = "Ne donnez ce code à personne, même à un conseiller. Nous ne vous le demanderons jamais."
_NO_LINK: Final = "Ce message ne contient volontairement aucun lien."
_NOT_YOU: Final = (
    "Si vous n’êtes pas à l’origine de cette demande, vous n’avez rien à faire : sans ce code, rien ne change."
)
_WAS_IT_YOU: Final = (
    "Si c’est bien vous, vous n’avez rien à faire. Sinon, appelez sans attendre un conseiller au 3646 "
    "(service gratuit, prix d’un appel)."
)
_SMS_CODE: Final = f"{CODE}. Valable 10 minutes. Ne le donnez à personne, y compris à un conseiller."
_SMS_CALL: Final = "Si ce n'est pas vous, appelez le 3646. Ce SMS ne contient aucun lien."


def _code(subject: str, lead: str, sms: str) -> CodeWording:
    return CodeWording(
        sms=f"{sms} : {_SMS_CODE}",
        subject=subject,
        paragraphs=("Bonjour,", lead, CODE, "Il reste valable dix minutes.", _NOBODY, _NOT_YOU, _NO_LINK, _SIGNATURE),
    )


def _notice(subject: str, what: str, sms: str) -> CodeWording:
    return CodeWording(
        sms=f"Mon espace : {sms}. {_SMS_CALL}",
        subject=subject,
        paragraphs=("Bonjour,", what, _WAS_IT_YOU, _NO_LINK, _SIGNATURE),
    )


WORDINGS: Final = {
    Kind.SIGN_IN_CODE: _code(
        "Votre code de connexion",
        "Voici votre code de connexion à Mon espace :",
        "Votre code de connexion à Mon espace",
    ),
    Kind.PROOF_CODE: _code(
        "Votre code pour Mon espace",
        "Voici votre code pour créer votre compte ou choisir un nouveau mot de passe :",
        "Votre code pour Mon espace",
    ),
    Kind.CONTACT_CODE: _code(
        "Votre code de vérification",
        "Voici le code qui confirme vos nouvelles coordonnées dans Mon espace :",
        "Votre code pour confirmer vos coordonnées",
    ),
    Kind.CONTACT_CHANGED: _notice(
        "Vos coordonnées ont changé",
        "Vos coordonnées viennent d’être modifiées dans Mon espace.",
        "vos coordonnées ont changé",
    ),
    Kind.PASSWORD_CHANGED: _notice(
        "Votre mot de passe a changé",
        "Le mot de passe de Mon espace vient d’être modifié.",
        "votre mot de passe a changé",
    ),
    Kind.FACTORS_CHANGED: _notice(
        "Vos moyens de connexion ont changé",
        "Les moyens de connexion à Mon espace viennent d’être modifiés.",
        "vos moyens de connexion ont changé",
    ),
}
