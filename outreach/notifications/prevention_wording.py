"""Default texts of an invitation to prevention: that something waits in the space, and not a word of what about."""

# ruff: noqa: E501 (a sentence of a message is one line, as its reader gets it)

from typing import Final

from outreach.notifications.mail_frame import CELL, H2, SET_APART, P, framed
from outreach.notifications.wording import Wording

_EMAIL_TEXT: Final = """\
l’Assurance Maladie

Bonjour,

Une information de prévention vous attend dans votre espace.

Pour la lire

Connectez-vous à votre compte ameli comme vous en avez l’habitude, rubrique « Prévention ». Vous êtes libre d’y donner suite ou non.

Pourquoi n’y a-t-il ni lien ni détail dans ce message ?

C’est volontaire : sans lien, personne ne peut vous conduire vers un faux site. Et ce que nous vous écrivons ne regarde que vous. Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Une question, un doute ? Un conseiller vous répond au 3646 (service gratuit, prix d’un appel).

Votre caisse d’assurance maladie
"""

_EMAIL_HTML: Final = framed(
    "Une information de prévention vous attend",
    (
        f"""{CELL}
<p style="{P}">Bonjour,</p>
<p style="{P}"><strong>Une information de prévention vous attend dans votre espace.</strong></p>
<h2 style="{H2}">Pour la lire</h2>
<p style="{P}">Connectez-vous à votre compte ameli comme vous en avez l’habitude, rubrique «&nbsp;Prévention&nbsp;». Vous êtes libre d’y donner suite ou non.</p>""",
        f"""{SET_APART}
<h2 style="{H2}">Pourquoi n’y a-t-il ni lien ni détail dans ce message&nbsp;?</h2>
<p style="{P}">C’est volontaire&nbsp;: sans lien, personne ne peut vous conduire vers un faux site. Et ce que nous vous écrivons ne regarde que vous. <strong>Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe</strong> par e-mail, par SMS ou par téléphone.</p>""",
        f"""{CELL}
<p style="{P}">Une question, un doute&nbsp;? Un conseiller vous répond au <strong>3646</strong> (service gratuit, prix d’un appel).</p>
<p style="{P}">Votre caisse d’assurance maladie</p>""",
    ),
)

_SMS_TEXT: Final = (
    "Assurance Maladie : une information de prévention vous attend. Aucun lien ici. "
    "Pour la lire : votre compte ameli, rubrique Prévention. Aide : 3646"
)

_POST_TEXT: Final = """\
l’Assurance Maladie

Une information de prévention vous attend

Madame, Monsieur,

Une information de prévention vous attend dans votre espace. Pour la lire, connectez-vous à votre compte ameli, rubrique « Prévention », ou appelez un conseiller au 3646 (service gratuit, prix d’un appel).

Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Avec nos salutations attentives,

Votre caisse d’assurance maladie
"""

PREVENTION_WORDING: Final = Wording(
    version=1,
    email_subject="Une information de prévention vous attend",
    email_text=_EMAIL_TEXT,
    email_html=_EMAIL_HTML,
    sms_text=_SMS_TEXT,
    post_text=_POST_TEXT,
)
