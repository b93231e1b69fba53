"""Default texts of the ten-day notice, version 1: what `MessageTemplate` rows start from.

They say the same to everybody. The e-mail parts hold the same sentences; the HTML uses inline styles only, sets text
and background colours together so that a client in dark mode keeps or inverts both, and reads in order without styles.
"""

# ruff: noqa: E501 (a sentence of a message is one line, as its reader gets it)

from dataclasses import dataclass


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

_FONT = "font-family:Arial,'Liberation Sans',Helvetica,sans-serif"
# Set once on each cell, which its paragraphs inherit from: the same words, a third less to carry 26 million times.
_TEXT = f"{_FONT};font-size:17px;line-height:26px;color:#222324"
_P = "margin:0 0 16px 0"
_H2 = "margin:8px 0;font-size:18px;line-height:24px;color:#0c419a"

_EMAIL_HTML = f"""\
<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Information de paiement</title>
</head>
<body style="margin:0;padding:0;background-color:#e7ecf5;color:#222324">
<table role="presentation" lang="fr" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#e7ecf5" style="background-color:#e7ecf5;color:#222324">
<tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" style="width:100%;max-width:580px;background-color:#ffffff;color:#222324">
<tr>
<td align="left" bgcolor="#0c419a" style="padding:20px 24px;background-color:#0c419a;color:#ffffff">
<h1 style="margin:0;{_FONT};font-size:20px;line-height:26px;font-weight:bold;color:#ffffff">l’Assurance Maladie</h1>
</td>
</tr>
<tr>
<td align="left" bgcolor="#ffffff" style="padding:24px 24px 8px 24px;background-color:#ffffff;{_TEXT}">
<p style="{_P}">Bonjour,</p>
<p style="{_P}"><strong>Ces derniers jours, nous avons effectué au moins un paiement qui vous concerne.</strong> Il a pu vous être versé, ou être versé à un tiers, par exemple à un professionnel ou à un établissement de santé.</p>
<p style="{_P}">Ce message est une simple information&nbsp;: vous n’avez rien à valider.</p>
<h2 style="{_H2}">Voir le détail</h2>
<p style="{_P}">Connectez-vous à votre compte ameli comme vous en avez l’habitude, puis ouvrez la rubrique «&nbsp;Mes&nbsp;paiements&nbsp;».</p>
<h2 style="{_H2}">Vous ne reconnaissez pas un soin&nbsp;?</h2>
<p style="{_P}">Dans «&nbsp;Mes&nbsp;paiements&nbsp;», choisissez <strong>«&nbsp;Signaler un remboursement suspect&nbsp;»</strong>. Votre signalement nous aide à vous protéger, vous et notre système de santé.</p>
</td>
</tr>
<tr>
<td align="left" bgcolor="#e7ecf5" style="padding:16px 24px 8px 20px;background-color:#e7ecf5;{_TEXT};border-left:4px solid #0c419a">
<h2 style="{_H2}">Pourquoi n’y a-t-il pas de lien dans ce message&nbsp;?</h2>
<p style="{_P}">C’est volontaire&nbsp;: sans lien, personne ne peut vous conduire vers un faux site. Nous n’écrivons pas non plus le détail de vos soins, qui ne regarde que vous. Et <strong>nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe</strong> par e-mail, par SMS ou par téléphone.</p>
</td>
</tr>
<tr>
<td align="left" bgcolor="#ffffff" style="padding:24px 24px 8px 24px;background-color:#ffffff;{_TEXT}">
<p style="{_P}">Une question, un doute&nbsp;? Un conseiller vous répond au <strong>3646</strong> (service gratuit, prix d’un appel).</p>
<p style="{_P}">Votre caisse d’assurance maladie</p>
</td>
</tr>
</table>
</td>
</tr>
</table>
</body>
</html>
"""

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
