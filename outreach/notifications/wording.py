"""Default texts of the ten-day notice, version 1: what `MessageTemplate` rows start from.

They say the same to everybody. The e-mail parts hold the same sentences; the HTML uses inline styles only, sets text
and background colours together so that a client in dark mode keeps or inverts both, and reads in order without styles.
"""

# ruff: noqa: E501 (a sentence of a message is one line, as its reader gets it)

from dataclasses import dataclass

from outreach.notifications.mail_frame import CELL, H2, SET_APART, P, framed


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of the texts of one notice, one text per channel."""

    version: int
    email_subject: str
    email_text: str
    email_html: str
    sms_text: str
    post_text: str


_EMAIL_TEXT = """\
l’Assurance Maladie

Bonjour,

Ces derniers jours, nous avons effectué au moins un paiement qui vous concerne. Il a pu vous être versé, ou être versé à un tiers, par exemple à un professionnel ou à un établissement de santé.

Ce message est une simple information : vous n’avez rien à valider.

Voir le détail

Connectez-vous à votre compte ameli comme vous en avez l’habitude, puis ouvrez la rubrique « Mes paiements ».

Vous ne reconnaissez pas un soin ?

Dans « Mes paiements », choisissez « Signaler un remboursement suspect ». Votre signalement nous aide à vous protéger, vous et notre système de santé.

Pourquoi n’y a-t-il pas de lien dans ce message ?

C’est volontaire : sans lien, personne ne peut vous conduire vers un faux site. Nous n’écrivons pas non plus le détail de vos soins, qui ne regarde que vous. Et nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Une question, un doute ? Un conseiller vous répond au 3646 (service gratuit, prix d’un appel).

Votre caisse d’assurance maladie
"""

_EMAIL_HTML = framed(
    "Information de paiement",
    (
        f"""{CELL}
<p style="{P}">Bonjour,</p>
<p style="{P}"><strong>Ces derniers jours, nous avons effectué au moins un paiement qui vous concerne.</strong> Il a pu vous être versé, ou être versé à un tiers, par exemple à un professionnel ou à un établissement de santé.</p>
<p style="{P}">Ce message est une simple information&nbsp;: vous n’avez rien à valider.</p>
<h2 style="{H2}">Voir le détail</h2>
<p style="{P}">Connectez-vous à votre compte ameli comme vous en avez l’habitude, puis ouvrez la rubrique «&nbsp;Mes&nbsp;paiements&nbsp;».</p>
<h2 style="{H2}">Vous ne reconnaissez pas un soin&nbsp;?</h2>
<p style="{P}">Dans «&nbsp;Mes&nbsp;paiements&nbsp;», choisissez <strong>«&nbsp;Signaler un remboursement suspect&nbsp;»</strong>. Votre signalement nous aide à vous protéger, vous et notre système de santé.</p>""",
        f"""{SET_APART}
<h2 style="{H2}">Pourquoi n’y a-t-il pas de lien dans ce message&nbsp;?</h2>
<p style="{P}">C’est volontaire&nbsp;: sans lien, personne ne peut vous conduire vers un faux site. Nous n’écrivons pas non plus le détail de vos soins, qui ne regarde que vous. Et <strong>nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe</strong> par e-mail, par SMS ou par téléphone.</p>""",
        f"""{CELL}
<p style="{P}">Une question, un doute&nbsp;? Un conseiller vous répond au <strong>3646</strong> (service gratuit, prix d’un appel).</p>
<p style="{P}">Votre caisse d’assurance maladie</p>""",
    ),
)

_SMS_TEXT = (
    "Assurance Maladie : au moins un paiement vous concerne. Rien à valider, aucun lien. "
    "Pour vérifier : votre compte ameli, rubrique Mes paiements. Aide : 3646"
)

_POST_TEXT = """\
l’Assurance Maladie

Information de paiement

Madame, Monsieur,

Ces derniers jours, nous avons effectué au moins un paiement qui vous concerne. Il a pu vous être versé, ou être versé à un tiers, par exemple à un professionnel ou à un établissement de santé.

Cette lettre est une simple information : vous n’avez rien à valider ni à nous renvoyer.

Pour en connaître le détail, connectez-vous à votre compte ameli, rubrique « Mes paiements », ou appelez un conseiller au 3646 (service gratuit, prix d’un appel).

Si vous ne reconnaissez pas un soin, dites-le-nous : dans « Mes paiements », choisissez « Signaler un remboursement suspect », ou parlez-en au conseiller. Votre signalement nous aide à vous protéger, vous et notre système de santé.

Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Avec nos salutations attentives,

Votre caisse d’assurance maladie
"""

DIGEST_WORDING = Wording(
    version=1,
    email_subject="Information de paiement",
    email_text=_EMAIL_TEXT,
    email_html=_EMAIL_HTML,
    sms_text=_SMS_TEXT,
    post_text=_POST_TEXT,
)
