"""Default texts of « un message vous attend »: that something waits in the space, and not a word of what about."""

# ruff: noqa: E501 (a sentence of a message is one line, as its reader gets it)

from typing import Final

from outreach.notifications.wording import Wording

_EMAIL_TEXT: Final = """\
l’Assurance Maladie

Bonjour,

Un message vous attend dans votre espace.

Pour le lire

Connectez-vous à votre compte ameli comme vous en avez l’habitude.

Pourquoi n’y a-t-il ni lien ni détail dans ce message ?

C’est volontaire : sans lien, personne ne peut vous conduire vers un faux site. Et ce que nous vous écrivons ne regarde que vous. Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Une question, un doute ? Un conseiller vous répond au 3646 (service gratuit, prix d’un appel).

Votre caisse d’assurance maladie
"""

_FONT: Final = "font-family:Arial,'Liberation Sans',Helvetica,sans-serif"
_TEXT: Final = f"{_FONT};font-size:17px;line-height:26px;color:#222324"
_P: Final = "margin:0 0 16px 0"
_H2: Final = "margin:8px 0;font-size:18px;line-height:24px;color:#0c419a"

_EMAIL_HTML: Final = f"""\
<!doctype html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Un message vous attend</title>
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
<p style="{_P}"><strong>Un message vous attend dans votre espace.</strong></p>
<h2 style="{_H2}">Pour le lire</h2>
<p style="{_P}">Connectez-vous à votre compte ameli comme vous en avez l’habitude.</p>
</td>
</tr>
<tr>
<td align="left" bgcolor="#e7ecf5" style="padding:16px 24px 8px 20px;background-color:#e7ecf5;{_TEXT};border-left:4px solid #0c419a">
<h2 style="{_H2}">Pourquoi n’y a-t-il ni lien ni détail dans ce message&nbsp;?</h2>
<p style="{_P}">C’est volontaire&nbsp;: sans lien, personne ne peut vous conduire vers un faux site. Et ce que nous vous écrivons ne regarde que vous. <strong>Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe</strong> par e-mail, par SMS ou par téléphone.</p>
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

_SMS_TEXT: Final = (
    "Assurance Maladie : un message vous attend. Ce SMS ne contient aucun lien. "
    "Pour le lire, connectez-vous à votre compte ameli. Aide : 3646"
)

_POST_TEXT: Final = """\
l’Assurance Maladie

Un message vous attend

Madame, Monsieur,

Un message vous attend dans votre espace. Pour le lire, connectez-vous à votre compte ameli, ou appelez un conseiller au 3646 (service gratuit, prix d’un appel).

Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe par e-mail, par SMS ou par téléphone.

Avec nos salutations attentives,

Votre caisse d’assurance maladie
"""

WAITING_WORDING: Final = Wording(
    version=1,
    email_subject="Un message vous attend",
    email_text=_EMAIL_TEXT,
    email_html=_EMAIL_HTML,
    sms_text=_SMS_TEXT,
    post_text=_POST_TEXT,
)
