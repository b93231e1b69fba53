"""What the linter says: stable codes and the French sentence that tells the editor what to change."""

from dataclasses import dataclass
from enum import StrEnum


class LintCode(StrEnum):
    """Stable names of the house rules: they appear in tests, statistics and support requests."""

    AMOUNT = "L101_AMOUNT"
    CARE_WORD = "L201_CARE_WORD"
    PHISHING_WORD = "L202_PHISHING_WORD"
    ATTACHMENT_WORD = "L203_ATTACHMENT_WORD"
    PLACEHOLDER = "L301_PLACEHOLDER"
    NAME_GREETING = "L302_NAME_GREETING"
    URL = "L401_URL"
    DOMAIN = "L402_DOMAIN"
    EMAIL_ADDRESS = "L403_EMAIL_ADDRESS"
    NIR = "L501_NIR"
    IBAN = "L502_IBAN"
    CARD = "L503_CARD"
    PHONE = "L504_PHONE"
    SHORT_CODE = "L505_SHORT_CODE"
    DIGIT = "L509_DIGIT"
    LINK = "L601_LINK"
    IMAGE = "L602_IMAGE"
    SCRIPT = "L603_SCRIPT"
    FORM = "L604_FORM"
    EXTERNAL = "L605_EXTERNAL"
    RED = "L606_RED"
    MARKUP = "L607_MARKUP"
    COMMENT = "L608_COMMENT"
    HTML_SIZE = "L609_HTML_SIZE"
    HTML_FRAME = "L610_HTML_FRAME"
    SUBJECT_REFERENCE = "L701_SUBJECT_REFERENCE"
    SUBJECT_LINE = "L702_SUBJECT_LINE"
    EMPTY = "L703_EMPTY"
    TOO_LONG = "L704_TOO_LONG"
    PARTS_DIFFER = "L705_PARTS_DIFFER"
    TITLE_DIFFERS = "L706_TITLE_DIFFERS"
    SMS_ALPHABET = "L801_SMS_ALPHABET"
    SMS_LENGTH = "L802_SMS_LENGTH"
    CONTROL = "L901_CONTROL"
    CHARACTER = "L902_CHARACTER"


_ONLY_NUMBERS = "Seuls le 3646 et le 05 53 35 62 37 peuvent figurer dans un message."

MESSAGES_FR: dict[LintCode, str] = {
    LintCode.AMOUNT: "Retirez le montant ou la monnaie : un message ne dit jamais combien a été payé.",
    LintCode.CARE_WORD: (
        "Retirez ce mot, qui laisse deviner le soin reçu. Écrivez « un soin », « un professionnel de santé » "
        "ou « un établissement de santé »."
    ),
    LintCode.PHISHING_WORD: (
        "Remplacez cette tournure, que les fraudeurs emploient : nos messages n’ordonnent rien, n’alarment pas "
        "et ne menacent pas."
    ),
    LintCode.ATTACHMENT_WORD: "Retirez cette mention : nos messages n’ont jamais de pièce jointe.",
    LintCode.PLACEHOLDER: (
        "Retirez ce signe ou cette variable : le texte est le même pour tout le monde, rien n’y est inséré."
    ),
    LintCode.NAME_GREETING: (
        "Écrivez simplement « Bonjour, » ou « Madame, Monsieur, » : un message ne nomme jamais la personne."
    ),
    LintCode.URL: "Retirez l’adresse web : nos messages ne contiennent aucun lien.",
    LintCode.DOMAIN: (
        "Retirez le nom de site, que les messageries transforment en lien. S’il s’agit d’une fin de phrase, "
        "laissez une espace après le point et commencez par une majuscule."
    ),
    LintCode.EMAIL_ADDRESS: "Retirez l’adresse e-mail : nos messages n’en contiennent aucune.",
    LintCode.NIR: "Retirez ce nombre, qui ressemble à un numéro de sécurité sociale.",
    LintCode.IBAN: "Retirez ce nombre, qui ressemble à des coordonnées bancaires (IBAN).",
    LintCode.CARD: "Retirez ce nombre, qui ressemble à un numéro de carte.",
    LintCode.PHONE: f"Retirez ce numéro de téléphone. {_ONLY_NUMBERS}",
    LintCode.SHORT_CODE: f"Retirez ce numéro court. {_ONLY_NUMBERS}",
    LintCode.DIGIT: f"Retirez ce chiffre ou écrivez-le en lettres. {_ONLY_NUMBERS}",
    LintCode.LINK: "Retirez le lien de la partie HTML : nos messages n’en contiennent aucun.",
    LintCode.IMAGE: "Retirez l’image ou le média : il permettrait de savoir qui ouvre le message.",
    LintCode.SCRIPT: "Retirez le programme (script ou attribut « on… ») de la partie HTML.",
    LintCode.FORM: "Retirez le formulaire : nos messages ne demandent rien à saisir.",
    LintCode.EXTERNAL: (
        "Retirez ce qui ferait charger un fichier ou une feuille de style : les styles s’écrivent dans "
        "l’attribut « style »."
    ),
    LintCode.RED: "Choisissez une autre couleur : un message officiel n’est jamais écrit en rouge.",
    LintCode.MARKUP: "Retirez cet élément HTML : il ne fait pas partie de ceux qui sont permis dans un message.",
    LintCode.COMMENT: "Retirez le commentaire de la partie HTML.",
    LintCode.HTML_SIZE: "Raccourcissez la partie HTML : elle doit rester sous 20 000 octets.",
    LintCode.HTML_FRAME: "Complétez l’en-tête de la partie HTML.",
    LintCode.SUBJECT_REFERENCE: "Retirez la référence de dossier : l’objet n’en contient jamais.",
    LintCode.SUBJECT_LINE: "Écrivez l’objet sur une seule ligne de 60 caractères au plus.",
    LintCode.EMPTY: "Écrivez un texte : cette partie est vide.",
    LintCode.TOO_LONG: "Raccourcissez ce texte : il dépasse 5 000 caractères.",
    LintCode.PARTS_DIFFER: (
        "Mettez les mêmes phrases, dans le même ordre, dans la partie texte et dans la partie HTML : "
        "l’extrait montre où elles diffèrent."
    ),
    LintCode.TITLE_DIFFERS: "Donnez au titre de la partie HTML les mêmes mots qu’à l’objet.",
    LintCode.SMS_ALPHABET: (
        "Remplacez les caractères qui ne font pas partie de l’alphabet des SMS (ils tripleraient le coût de l’envoi)"
    ),
    LintCode.SMS_LENGTH: "Raccourcissez le SMS : il doit tenir en 160 caractères, un seul envoi",
    LintCode.CONTROL: "Retirez le caractère invisible ou de commande",
    LintCode.CHARACTER: "Remplacez ce caractère, inhabituel en français : il peut cacher un lien ou un mot",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a text may not be sent. `excerpt` is masked where it could be somebody's number."""

    code: LintCode
    message_fr: str
    excerpt: str


def finding(code: LintCode, excerpt: str = "", *, detail_fr: str = "") -> Finding:
    """The finding of `code`; `detail_fr` is added after the sentence."""
    message = MESSAGES_FR[code]
    if sum(char.isdigit() for char in excerpt) > 6:
        excerpt = "".join("•" if char.isdigit() else char for char in excerpt)
    if detail_fr:
        message = f"{message.removesuffix('.')} : {detail_fr}."
    return Finding(code, message, " ".join(excerpt.split())[:80])


class LintError(ValueError):
    """A text breaks house rules. The text of the error names the codes only, so that it can be logged."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(", ".join(dict.fromkeys(str(found.code) for found in findings)))
        self.findings = tuple(findings)
