"""What a sent message is called, and what became of it, in words for whoever received it."""

from typing import Final

from accounts.identity.enums import CodeChannel, SecurityMessageKind, SendState
from outreach.codes.wording import CODE, WORDINGS
from outreach.notifications.enums import CancelReason, Channel, Status

HIDDEN_CODE: Final = "[code masqué]"
NO_KIND: Final = "Message"
SECURITY_KINDS_FR: Final = {
    SecurityMessageKind.SIGN_IN_CODE: "Code de connexion",
    SecurityMessageKind.PROOF_CODE: "Code pour créer votre compte ou votre mot de passe",
    SecurityMessageKind.CONTACT_CODE: "Code de vérification d’une adresse",
    SecurityMessageKind.CONTACT_CHANGED: "Alerte : vos coordonnées ont changé",
    SecurityMessageKind.PASSWORD_CHANGED: "Alerte : votre mot de passe a changé",
    SecurityMessageKind.FACTORS_CHANGED: "Alerte : vos moyens de connexion ont changé",
}
CHANNELS_FR: Final = {
    Channel.EMAIL: "E-mail",
    Channel.SMS: "SMS",
    Channel.POST: "Courrier",
    Channel.NONE: "Aucun envoi",
}
POSTAL_ADDRESS: Final = "Votre adresse postale"
NOT_KEPT: Final = "Le détail de cet envoi n’est plus conservé."

_HANDED_OVER: Final = {
    Channel.EMAIL: "Remis au serveur de messagerie",
    Channel.SMS: "Remis à l’opérateur téléphonique",
    Channel.POST: "Confié au service du courrier",
}
_STATUSES: Final = {
    Status.CREATED: "En préparation",
    Status.CLAIMED: "Envoi en cours",
    Status.DELIVERED: "Distribué",
    Status.TECHNICAL_FAILURE: "Non remis : incident technique de notre côté",
    Status.UNKNOWN: "Peut-être remis : la réponse s’est perdue, et nous n’envoyons jamais deux fois le même message",
}
_PERMANENT: Final = {
    Channel.EMAIL: "Non remis : cette adresse n’existe plus ou nous refuse",
    Channel.SMS: "Non remis : ce numéro n’est plus attribué ou nous refuse",
    Channel.POST: "Non remis : l’adresse postale est inconnue",
}
_TEMPORARY: Final = {
    Channel.EMAIL: "Non remis : la boîte de réception est restée indisponible",
    Channel.SMS: "Non remis : le téléphone est resté injoignable",
    Channel.POST: "Non remis : le courrier n’a pas pu être distribué",
}
_CANCELLED: Final = {
    CancelReason.OPTED_OUT: "Non envoyé : vous avez choisi de ne pas en recevoir",
    CancelReason.NO_CONTACT: "Non envoyé : nous n’avions aucune adresse utilisable",
    CancelReason.PROTECTED: "Non envoyé : vos coordonnées sont protégées",
    CancelReason.EXPIRED: "Non envoyé : l’envoi serait arrivé trop tard",
}
_SECURITY_STATES: Final = {
    SendState.WAITING: "En préparation",
    SendState.CLAIMED: "Envoi en cours",
    SendState.FAILED: "Non remis : l’adresse ou le numéro ne répond pas",
    SendState.UNKNOWN: "Peut-être remis : la réponse s’est perdue",
    SendState.EXPIRED: "Non envoyé : il n’était plus valable",
}


def status_fr(status: Status, *, channel: Channel, reason: str) -> str:
    """What became of a notification."""
    if status is Status.SENDING:
        return _HANDED_OVER.get(channel, "Remis")
    if status is Status.PERMANENT_FAILURE:
        return _PERMANENT.get(channel, "Non remis")
    if status is Status.TEMPORARY_FAILURE:
        return _TEMPORARY.get(channel, "Non remis")
    if status is Status.CANCELLED:
        known = {str(one): words for one, words in _CANCELLED.items()}
        return known.get(reason, "Non envoyé")
    return _STATUSES[status]


def security_state_fr(state: SendState, *, channel: CodeChannel) -> str:
    """What became of a code or a notice."""
    return _HANDED_OVER[Channel(channel)] if state is SendState.SENT else _SECURITY_STATES[state]


def security_text(kind: SecurityMessageKind, *, channel: CodeChannel) -> tuple[str, str]:
    """Subject and text of a code or a notice, the code hidden: nobody reads it here, and it serves no more."""
    wording = WORDINGS[kind]
    if channel is CodeChannel.SMS:
        return "", wording.sms.replace(CODE, HIDDEN_CODE)
    return wording.subject, "\n\n".join(wording.paragraphs).replace(CODE, HIDDEN_CODE)
