"""House rules of messages: what is refused, with which code, and what must pass."""

import pytest

from outreach.notifications.linter import LintCode, LintError, check_message, lint, same_sentences
from outreach.notifications.linter_findings import MESSAGES_FR
from outreach.notifications.wording import DIGEST_WORDING as WORDING
from tests.outreach.lint_frame import FRAME, codes

ZWSP, SOFT_HYPHEN, WORD_JOINER, NBSP, THIN = "\u200b", "\u00ad", "\u2060", "\u00a0", "\u202f"


BAD_TEXTS = [
    # amounts
    ("Vous recevez 12,50 €.", "L101_AMOUNT"), ("Vous recevez 12 EUR", "L101_AMOUNT"),
    ("Montant : 7,5", "L101_AMOUNT"),
    ("€ douze", "L101_AMOUNT"), ("Douze euros versés", "L101_AMOUNT"),
    ("quelques centimes", "L101_AMOUNT"),
    ("un e u r o de moins", "L101_AMOUNT"), ("Versement de 1 234,56", "L101_AMOUNT"),
    ("1.234,56 versés", "L101_AMOUNT"),
    ("quarante-sept versés", "L101_AMOUNT"), ("remboursé à cent pour cent", "L101_AMOUNT"),
    ("12 dollars", "L101_AMOUNT"),
    ("un ｅｕｒｏ", "L101_AMOUNT"), (f"un eu{ZWSP}ro", "L101_AMOUNT"), ("un 𝐞𝐮𝐫𝐨", "L101_AMOUNT"),
    ("₤ £ 3", "L101_AMOUNT"),
    # words that reveal the care
    ("Votre consultation a été payée.", "L201_CARE_WORD"), ("un médicament", "L201_CARE_WORD"),
    ("À la pharmacie", "L201_CARE_WORD"),
    ("payé à l’hôpital", "L201_CARE_WORD"), ("HÔPITAL", "L201_CARE_WORD"),
    ("votre hospitalisation", "L201_CARE_WORD"),
    ("votre médecin", "L201_CARE_WORD"), ("le Dr Untel", "L201_CARE_WORD"),
    ("soins dentaires", "L201_CARE_WORD"),
    ("soins infirmiers", "L201_CARE_WORD"), ("une IRM", "L201_CARE_WORD"), ("votre ALD", "L201_CARE_WORD"),
    ("votre maladie", "L201_CARE_WORD"), ("arrêt maladie", "L201_CARE_WORD"),
    ("votre grossesse", "L201_CARE_WORD"),
    ("m é d i c a m e n t", "L201_CARE_WORD"), (f"médica{SOFT_HYPHEN}ment", "L201_CARE_WORD"),
    ("vos indemnités", "L201_CARE_WORD"),
    ("la franchise", "L201_CARE_WORD"), ("une sage-femme", "L201_CARE_WORD"),
    ("psychologue", "L201_CARE_WORD"),
    ("рharmacie", "L201_CARE_WORD"), ("votre analyse de sang", "L201_CARE_WORD"),
    ("e\u0301chographie", "L201_CARE_WORD"),
    # phrases of fraudsters, attachments
    ("Validez votre remboursement.", "L202_PHISHING_WORD"), ("C’est urgent", "L202_PHISHING_WORD"),
    ("Cliquez ici", "L202_PHISHING_WORD"), ("en un clic", "L202_PHISHING_WORD"),
    ("le service client", "L202_PHISHING_WORD"),
    ("Confirmez vos droits", "L202_PHISHING_WORD"), ("Dernier rappel", "L202_PHISHING_WORD"),
    ("votre carte Vitale expire", "L202_PHISHING_WORD"), ("compte suspendu", "L202_PHISHING_WORD"),
    ("Mettez à jour vos droits", "L202_PHISHING_WORD"), ("remboursement en attente", "L202_PHISHING_WORD"),
    ("Répondez à ce message", "L202_PHISHING_WORD"), ("Envoyez votre RIB", "L202_PHISHING_WORD"),
    ("Voir la pièce jointe", "L203_ATTACHMENT_WORD"), ("document ci-joint", "L203_ATTACHMENT_WORD"),
    # variables
    ("Bonjour {{ prenom }}", "L301_PLACEHOLDER"), ("{% if x %}", "L301_PLACEHOLDER"),
    ("payé le %s", "L301_PLACEHOLDER"),
    ("payé à {nom}", "L301_PLACEHOLDER"), ("payé à $nom", "L301_PLACEHOLDER"),
    ("payé à <<NOM>>", "L301_PLACEHOLDER"),
    ("payé à <nom>", "L301_PLACEHOLDER"), ("payé à [Prénom]", "L301_PLACEHOLDER"),
    ("payé à «NOM»", "L301_PLACEHOLDER"),
    ("payé à *|FNAME|*", "L301_PLACEHOLDER"), ("payé à __NOM__", "L301_PLACEHOLDER"),
    ("payé à #NOM#", "L301_PLACEHOLDER"),
    ("un %(nom)s", "L301_PLACEHOLDER"), ("Voir &nom;", "L301_PLACEHOLDER"), ("un ｛nom｝", "L301_PLACEHOLDER"),
    # greetings with a name
    ("Bonjour M. Untel,", "L302_NAME_GREETING"), ("Bonjour Mme Unetelle,", "L302_NAME_GREETING"),
    ("Bonjour Camille,", "L302_NAME_GREETING"), ("Bonjour, Camille,", "L302_NAME_GREETING"),
    ("Madame Unetelle,", "L302_NAME_GREETING"), ("Cher Camille,", "L302_NAME_GREETING"),
    ("Monsieur\nUntel", "L302_NAME_GREETING"), (f"Bonjour{NBSP}Camille", "L302_NAME_GREETING"),
    # web addresses
    ("Voir http", "L401_URL"), ("https://exemple", "L401_URL"), ("hxxp exemple", "L401_URL"),
    ("Allez sur www", "L401_URL"),
    ("h t t p s", "L401_URL"), ("ｈｔｔｐ", "L401_URL"), (f"ht{ZWSP}tp", "L401_URL"), ("нttp", "L401_URL"),
    ("//exemple", "L401_URL"),
    ("mailto:camille", "L401_URL"), ("W.W.W", "L401_URL"), ("𝓱𝓽𝓽𝓹", "L401_URL"), ("ⓗⓣⓣⓟ", "L401_URL"),
    # site names
    ("ameli.fr", "L402_DOMAIN"), ("Sur bit.ly", "L402_DOMAIN"), ("Sur Ameli.Fr.", "L402_DOMAIN"),
    ("ameli . fr", "L402_DOMAIN"),
    ("ameli[.]fr", "L402_DOMAIN"), ("ameli(.)fr", "L402_DOMAIN"), ("ameli. fr", "L402_DOMAIN"),
    ("ameli .fr", "L402_DOMAIN"),
    ("ameli point fr", "L402_DOMAIN"), ("ameli [dot] fr", "L402_DOMAIN"), ("ameli。fr", "L402_DOMAIN"),
    ("ameli．fr", "L402_DOMAIN"),
    ("ameli·fr", "L402_DOMAIN"), ("a m e l i . f r", "L402_DOMAIN"), ("amеli.fr", "L402_DOMAIN"),
    ("αmeli.fr", "L402_DOMAIN"),
    (f"ameli{WORD_JOINER}.fr", "L402_DOMAIN"), (f"am{SOFT_HYPHEN}eli.f{ZWSP}r", "L402_DOMAIN"),
    ("ａｍｅｌｉ．ｆｒ", "L402_DOMAIN"),
    ("𝐚𝐦𝐞𝐥𝐢.𝐟𝐫", "L402_DOMAIN"), ("ameli.\nfr", "L402_DOMAIN"),
    ("assurance-maladie.quelque-part", "L402_DOMAIN"),
    ("votre espace. la suite", "L402_DOMAIN"), ("xn--amli-bpa.fr", "L402_DOMAIN"),
    (f"ameli{THIN}.{THIN}fr", "L402_DOMAIN"),
    # e-mail addresses
    ("camille@exemple", "L403_EMAIL_ADDRESS"), ("camille＠exemple", "L403_EMAIL_ADDRESS"),
    ("camille (at) exemple", "L403_EMAIL_ADDRESS"),
    ("camille arobase exemple", "L403_EMAIL_ADDRESS"), ("écrire à contact @ ameli", "L403_EMAIL_ADDRESS"),
    # numbers
    ("2 55 08 00 168 025 38", "L501_NIR"), ("255080016802538", "L501_NIR"),
    ("2-55-08-00-168-025", "L501_NIR"),
    ("1 85 05 2A 004 123 45", "L501_NIR"), ("2.55.08.00.168.025.38", "L501_NIR"),
    ("２５５０８００１６８０２５３８", "L501_NIR"),
    (f"2 55{ZWSP} 08 00 168 025 38", "L501_NIR"), ("٢٥٥٠٨٠٠١٦٨٠٢٥٣٨", "L501_NIR"),
    ("2 55 08 00\n168 025 38", "L501_NIR"),
    ("FR76 3000 6000 0112 3456 7890 189", "L502_IBAN"), ("FR7630006000011234567890189", "L502_IBAN"),
    ("fr76-3000-6000-0112-3456-7890-189", "L502_IBAN"), ("DE89 3704 0044 0532 0130 00", "L502_IBAN"),
    ("F R 7 6 3000600001 1234567890189", "L502_IBAN"),
    ("IBAN:FR14 2004 1010 0505 0001 3M02 606", "L502_IBAN"),
    ("carte 4970 1012 3456 7890", "L509_DIGIT"), ("carte 4111 1111 1111 1111", "L503_CARD"),
    ("4111-1111-1111-1111", "L503_CARD"),
    ("Appelez le 06 00 00 00 00", "L504_PHONE"), ("+33 6 00 00 00 00", "L504_PHONE"),
    ("0033600000000", "L504_PHONE"),
    ("06.00.00.00.00", "L504_PHONE"), ("+1 555 0100", "L504_PHONE"), ("05 53 35 62 38", "L504_PHONE"),
    ("+3646", "L504_PHONE"),
    ("zéro six douze treize quatorze", "L504_PHONE"), ("⓪⑥ 00 00 00 00", "L504_PHONE"),
    ("SMS au 33700", "L505_SHORT_CODE"), ("Appelez le 3640", "L505_SHORT_CODE"),
    ("code 482913", "L505_SHORT_CODE"),
    ("364 6 7", "L509_DIGIT"), ("Vous avez 3 soins", "L509_DIGIT"), ("le 12/05/2026", "L509_DIGIT"),
    ("½ part", "L509_DIGIT"),
    ("a3646", "L505_SHORT_CODE"), ("3646b", "L505_SHORT_CODE"), ("3646 05 53 35 62 37", "L509_DIGIT"),
    ("²", "L509_DIGIT"), ("③", "L509_DIGIT"), ("五 Ⅷ", "L902_CHARACTER"),
    # characters
    ("un\u200bsoin", "L901_CONTROL"), ("un\x0bsoin", "L901_CONTROL"), ("un\x1csoin", "L901_CONTROL"),
    ("un\rsoin", "L901_CONTROL"),
    ("un\tsoin", "L901_CONTROL"), ("un\u2028soin", "L901_CONTROL"), ("un\u2029soin", "L901_CONTROL"),
    ("un\u202esoin", "L901_CONTROL"),
    ("un\ufeffsoin", "L901_CONTROL"), ("un\ue000soin", "L901_CONTROL"), ("un\ud800soin", "L901_CONTROL"),
    ("un soin😀", "L902_CHARACTER"),
    ("un sоin", "L902_CHARACTER"), ("un s\u0336oin", "L902_CHARACTER"), ("un\u2003soin", "L902_CHARACTER"),
    ("Ω", "L902_CHARACTER"),
    ("", "L703_EMPTY"), (" \n ", "L703_EMPTY"), ("a" * 5001, "L704_TOO_LONG"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), BAD_TEXTS)
def test_bad_text_gets_its_code(text: str, code: str) -> None:
    assert code in codes(text)
    assert code in codes(f"Bonjour,\n{text}\n") or code in {"L703_EMPTY", "L704_TOO_LONG"}


GOOD_TEXTS = [
    "Bonjour,\n\nUn paiement vous concerne.",
    "Bonjour à toutes et à tous,",
    "Bonjour Madame, Monsieur,",
    "Madame, Monsieur,",
    "Un professionnel de santé a été payé pour un soin.",
    "Un professionnel ou un établissement de santé, ou un autre tiers.",
    "l’Assurance Maladie", "Votre caisse d’assurance maladie", "L’Assurance-Maladie vous écrit.",
    "Appelez le 3646.", "Le 3646, ou le 05 53 35 62 37.", "Au 36 46 !", "Au +33 5 53 35 62 37", "Au 0033 5 53 35 62 37",
    "Au 0553356237", "Au 05.53.35.62.37", "Au 05-53-35-62-37", "Au +33 (0)5 53 35 62 37.", "3646\n05 53 35 62 37",
    "Appelez le 3646. Un conseiller vous répond.", f"Au 05{NBSP}53{NBSP}35{NBSP}62{NBSP}37", "(3646)",
    "Vous n’avez rien à valider.",
    "Ce message ne contient volontairement aucun lien.",
    "Dans « Mes paiements », choisissez « Signaler un remboursement suspect ».",
    "Nous ne vous demandons jamais vos coordonnées bancaires ni votre mot de passe.",
    "Ne répondez pas à ce message : il est envoyé automatiquement.",
    "Les paiements des dix derniers jours. De la même façon, la suite.",
    "Les paiements des quinze derniers jours… Et ensuite ?",
    "Connectez-vous à votre compte ameli comme d’habitude. Il est à vous.",
    "Aucun lien. Ça vous protège. Info : dès la rentrée, nous examinons chaque signalement. Page suivante.",
    "Nous infirmons cette rumeur. Paris et ses environs. Ce dispositif vous protège.",
    "Par e-mail, par SMS et/ou par courrier ; à vous de choisir !",
    "Notre système de santé - le vôtre – est précieux — vraiment.",
    "Un remboursement ? Deux soins, un seul message.",
    "Votre mutuelle complète peut-être ce remboursement.",
    "Œuvrer, maïs, Noël, août, ça, là-bas, où, île, ambiguë, L’Haÿ.",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD_TEXTS)
def test_good_text_has_no_finding(text: str) -> None:
    assert lint(text, channel="email", part="text") == []
    assert lint(text, channel="post", part="text") == []


# --- subject and SMS ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("Dossier en cours", "L701_SUBJECT_REFERENCE"), ("Réf. de votre paiement", "L701_SUBJECT_REFERENCE"),
        ("Votre référence", "L701_SUBJECT_REFERENCE"), ("Paiement n° un", "L701_SUBJECT_REFERENCE"),
        ("Numéro de paiement", "L701_SUBJECT_REFERENCE"), ("Paiement N/Réf", "L701_SUBJECT_REFERENCE"),
        ("Information\nde paiement", "L702_SUBJECT_LINE"), ("x" * 61, "L702_SUBJECT_LINE"),
        ("", "L703_EMPTY"),
        ("Information\r\nBcc: camille", "L901_CONTROL"), ("Paiement 482913", "L505_SHORT_CODE"),
        ("Validez votre paiement", "L202_PHISHING_WORD"),
    ],
)  # fmt: skip
def test_bad_subject(subject: str, code: str) -> None:
    assert code in codes(subject, part="subject")


@pytest.mark.parametrize("subject", ["Information de paiement", "Vos derniers paiements", "Un message de votre caisse"])
def test_good_subject(subject: str) -> None:
    assert codes(subject, part="subject") == set()


def test_sms_is_one_gsm7_segment() -> None:
    assert codes("a" * 160, channel="sms") == set()
    assert codes("a" * 161, channel="sms") == {"L802_SMS_LENGTH"}
    (found,) = lint("L’hôte a reçu", channel="sms", part="text")
    assert found.code is LintCode.SMS_ALPHABET
    assert found.excerpt == "’ôç"
    assert "’ → ' ; ô → o ; ç → c" in found.message_fr


def test_only_an_email_has_a_subject_and_html() -> None:
    with pytest.raises(ValueError, match="no subject"):
        lint("Information", channel="sms", part="subject")
    with pytest.raises(ValueError, match="no html"):
        lint("<p>", channel="post", part="html")
    with pytest.raises(ValueError, match="only a text"):
        check_message(channel="sms", text="Bonjour", subject="Information")


# --- whole messages -------------------------------------------------------------------------------------------------


def test_check_message_carries_all_findings_of_all_parts() -> None:
    with pytest.raises(LintError) as error:
        check_message(
            channel="email", subject="Dossier", text="Cliquez, 12 €", html=FRAME.format("<p>Un <a>lien</a></p>")
        )
    found = {str(one.code) for one in error.value.findings}
    assert found >= {
        "L701_SUBJECT_REFERENCE", "L202_PHISHING_WORD", "L101_AMOUNT", "L601_LINK", "L705_PARTS_DIFFER",
        "L706_TITLE_DIFFERS",
    }  # fmt: skip
    assert isinstance(error.value, ValueError)


def test_an_email_needs_all_its_parts() -> None:
    with pytest.raises(LintError, match="L703_EMPTY"):
        check_message(channel="email", subject=WORDING.email_subject, text=WORDING.email_text)
    with pytest.raises(LintError, match="L703_EMPTY"):
        check_message(channel="email", text=WORDING.email_text, html=WORDING.email_html)


def test_parts_that_differ_show_where() -> None:
    html = FRAME.format("<p>Un soin.</p><p>Le second.</p>")
    check_message(channel="email", subject="Information", text="Un soin.\n\nLe  second.\n", html=html)
    with pytest.raises(LintError) as error:
        check_message(channel="email", subject="Information", text="Un soin. Le troisième.", html=html)
    (found,) = error.value.findings
    assert (found.code, found.excerpt) == (LintCode.PARTS_DIFFER, "« troisième. » / « second. »")
    assert not same_sentences("Un soin. Le", html)
    assert not same_sentences("Un soin. Le second. Oui.", html)


def test_errors_quote_nothing_personal() -> None:
    number = "2 55 08 00 168 025 38"
    with pytest.raises(LintError) as error:
        check_message(channel="sms", text=f"Camille {number}")
    assert str(error.value) == "L501_NIR"
    assert number not in repr(error.value)
    assert error.value.findings[0].excerpt == "2 •• •• •• ••• ••• ••"
    for html in (f"<!-- {number} -->", f'<p title="{number}">a</p>', f"<p>{number}</p>"):
        found = lint(FRAME.format(html), channel="email", part="html")
        assert not any("168" in one.excerpt + one.message_fr for one in found)


def test_every_code_has_a_french_sentence() -> None:
    assert set(MESSAGES_FR) == set(LintCode)
    for code, sentence in MESSAGES_FR.items():
        assert sentence[0].isupper(), code
        assert "'" not in sentence, code


def test_excerpt_is_the_text_as_typed() -> None:
    (found,) = (f for f in lint("Votre MÉDICAMENT", channel="email", part="text"))
    assert found.excerpt == "MÉDICAMENT"
