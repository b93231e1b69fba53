"""Default texts of « un rappel vous attend »: neither what of, nor when."""

from typing import Final

from outreach.notifications.waiting_wording import WAITING_WORDING
from outreach.notifications.wording import Wording


def _reminder(text: str) -> str:
    """The text of a message that waits, about a reminder."""
    return text.replace("Un message vous attend", "Un rappel vous attend").replace(
        "un message vous attend", "un rappel vous attend"
    )


REMINDER_WORDING: Final = Wording(
    version=1,
    email_subject=_reminder(WAITING_WORDING.email_subject),
    email_text=_reminder(WAITING_WORDING.email_text),
    email_html=_reminder(WAITING_WORDING.email_html),
    sms_text=(
        "Assurance Maladie : un rappel vous attend dans votre espace. Ce SMS ne contient aucun lien. "
        "Connectez-vous à votre compte ameli. Aide : 3646"
    ),
    post_text=_reminder(WAITING_WORDING.post_text),
)
