"""Words that a message never uses: amounts, care, the phrases of fraudsters, names and variables.

All patterns read a skeleton (lower case, no accents, see linter_skeleton).
"""

import re
from collections.abc import Iterator

from outreach.notifications.linter_findings import Finding, LintCode, finding
from outreach.notifications.linter_skeleton import Skeleton

_AMOUNT = r"[€£¥]|\b(?:euros?|eur|eurocents?|centimes?|cts?|dollars?|francs?|usd|chf)\b"
# « cent », « quarante-sept » have no other use in a notice; « dix derniers jours » must stay possible.
_BIG_NUMBER_WORD = (
    r"\b(?:vingts?|trente|quarante|cinquante|soixante|septante|huitante|octante|nonante|cents?|mille"
    r"|millions?|milliards?)\b"
)
_NUMBER_WORD = (
    r"(?:zero|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize"
    r"|vingts?|trente|quarante|cinquante|soixante|septante|octante|nonante|cents?|mille)"
)
# Two numbers in words running (« zéro six douze ») spell a telephone number or a code.
_SPELT_NUMBER = rf"\b{_NUMBER_WORD}(?:(?:[\s,.\-]|\bet\b){{1,5}}{_NUMBER_WORD}){{2,}}\b"

_CARE_STEMS = (
    # places and people
    "pharmac|hopita|hospital|cliniq|ehpad|maternit|laboratoire|centre de sante|cabinet medical|medecin|docteur"
    "|generalist|specialist|dentist|dentaire|orthodont|stomatolog|infirmi|kinesi|masseu|sages?[ -]femme|orthophon"
    "|orthopt|orthoped|pedicur|podolog|osteopath|opticien|audioprothes|ambulanc|taxi|transport"
    # specialities
    "|cardiolog|dermatolog|gynecolog|obstetri|pediatr|psycholog|psychiatr|psychothera|ophtalmo|oncolog|urolog"
    "|neurolog|pneumolog|rhumatolog|gastro|endocrin|geriatri|radiolog|chirurg|anesthes|addictolog|allergolog"
    # acts and goods
    "|consultation|teleconsult|visite a domicile|visite medicale|medicament|medication|medicinal|ordonnance|prescri"
    "|vaccin|radiograph|echograph|mammograph|scanner|biolog|depist|diagnos|prelevement|prise de sang|reeducation"
    "|prothes|appareillage|auditi|lunette|lentille|optique|vitamin|traitement|dispositif medical|cure thermale"
    "|greffe|dialys"
    "|perfusion|chimiothera|radiothera|contracep|avortement|procreation|accouch|grossesse|naissance|allaite"
    # conditions
    "|cancer|diabet|depress|addiction|alcool|tabac|hepatit|asthm|alzheimer|handicap|invalid|malades?\\b|patholog"
    "|symptom|affection|accident|allerg|obesit|toxico"
    # benefits that reveal them
    "|indemnit|arrets? de travail|arrets? maladie|conges? mat|conges? pat|rentes?\\b|capital deces|deces|obseque"
    "|franchise|participation forfaitaire|honorair|depassement"
)
_CARE = (
    rf"\b(?:{_CARE_STEMS})\w*"
    r"|\b(?:kines?|psys?|irm|ivg|pma|fiv|ald|vih|sida|dr|gynecos?|dermatos?|radios?|cures?)\b"
    r"|\banalyses?\s+(?:de\s+sang|medicales?|biologiques?)\b|\bexamens?\s+(?:medica|biolog|cliniq|de\s+sante|de\s+sang)\w*"
    r"|(?<!assurance[\s\-])\bmaladies?\b"
)

_PHISHING = (
    r"\bclique\w*|\bclics?\b|\bvalidez\b|\bconfirmez\b|\burgen\w+|\bimmediat\w*|\bservice[\s\-]+clients?\b"
    r"|\bdernier(?:e|es|s)?\s+(?:rappel|avis|relance|chance)\w*|\bsuspen[ds]\w*|\bbloqu\w+|\bdesactiv\w+|\bexpir\w+"
    r"|\bci[\s\-]dess?o?us\b|\btelecharg\w+|\bfelicitation\w*|\bgagn\w+|\bcadeau\w*|\btrop[\s\-]percus?\b"
    r"|\bmettez\s+a\s+jour|\bmise\s+a\s+jour|\bsous\s+peine\b|\bsans\s+delai\b|\bplus\s+brefs\s+delais\b"
    r"|\ben\s+attente\b|\bsaisissez\b|\bcommuniquez\b|\btransmettez\b|\benvoyez\b|\brenseignez\b|\bfournissez\b"
    r"|(?<!ne )\brepondez\b|\bribs?\b|\bcartes?\s+vitales?\b|\bmise\s+en\s+demeure\b"
    r"|\bremboursement\s+en\s+attente\b|\bcher\s+client\b|\bautoris\w+\s+le\s+paiement\b"
)
_ATTACHMENT = r"\bpieces?\s+jointes?\b|\bci[\s\-]joints?\b|\bci[\s\-]jointes?\b|\bdocuments?\s+joints?\b|\bfichiers?\b"

_PLACEHOLDER = r"[{}<>$%|\[\]#_^~\\`*=]+(?:[\w .\-]{0,30}[{}<>$%|\[\]#_^~\\`*=]+)?|&#?\w+;"
# A word in capitals between tight guillemets: the merge field of a word processor, « NOM » without its spaces
_MERGE_FIELD = re.compile(r"«[A-ZÀ-Ü_ ]*[A-ZÀ-Ü_]»")

_CIVILITY = r"(?:mr|mme|mlle|messieurs|mesdames|monsieur|madame|mademoiselle)"
_GREETING = (
    r"\b(?:bonjour|bonsoir|salut|coucou)\b"
    r"(?!\s*(?:[,!.:;]|$|\n)|\s+(?:madame, monsieur\b|a (?:tous|toutes)\b))[^\n]{0,30}"
    r"|\b(?:bonjour|bonsoir) *, *[a-z\-]+(?: [a-z\-]+)? *[,!]"
    rf"|\b{_CIVILITY}\b\.?[ \n]+(?!et\b|ou\b|la\b|le\b|monsieur\b|madame\b)[a-z][\w\-]*"
    r"|\bm\.? +[a-z][\w\-]*"
    r"|\bch(?:er|ere|ers|eres)\b +(?!assuree?s?\b)[a-z][\w\-]*"
)

_RULES: tuple[tuple[LintCode, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        (LintCode.AMOUNT, _AMOUNT),
        (LintCode.AMOUNT, _BIG_NUMBER_WORD),
        (LintCode.PHONE, _SPELT_NUMBER),
        (LintCode.CARE_WORD, _CARE),
        (LintCode.PHISHING_WORD, _PHISHING),
        (LintCode.ATTACHMENT_WORD, _ATTACHMENT),
        (LintCode.PLACEHOLDER, _PLACEHOLDER),
        (LintCode.NAME_GREETING, _GREETING),
    )
)
_SUBJECT_REFERENCE = re.compile(
    r"\b(?:refs?|references?|dossiers?|numeros?|num|matricule|identifiant)\b|\bn ?[°º]|\bn/ref|\bno\b\.? ?"
)


def word_findings(skeleton: Skeleton) -> Iterator[Finding]:
    for code, pattern in _RULES:
        for match in pattern.finditer(skeleton.text):
            yield finding(code, skeleton.excerpt(*match.span()))
    for match in _MERGE_FIELD.finditer(skeleton.source):
        yield finding(LintCode.PLACEHOLDER, match.group())


def subject_reference_findings(skeleton: Skeleton) -> Iterator[Finding]:
    for match in _SUBJECT_REFERENCE.finditer(skeleton.text):
        yield finding(LintCode.SUBJECT_REFERENCE, skeleton.excerpt(*match.span()))
