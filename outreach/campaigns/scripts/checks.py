"""What is wrong with a call script: loose ends, sentences that must be said, questions that must not be asked."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ameli_notify.core.masking import mask_personal_data
from outreach.campaigns.campaign.dispositions import TRAITS
from outreach.campaigns.scripts.structure import CallScript
from reimbursements.explanations.typography import typeset

MOST_STEPS: Final = 8
LONGEST_SENTENCE: Final = 32
"""Words: it is read out and heard once."""
OPENING: Final[Mapping[str, str]] = {
    "who-calls": "je vous appelle de la part de la {caisse}, votre caisse d’Assurance Maladie",
    "call-back": "vous pouvez raccrocher et rappeler le 3646",
    "may-refuse": "Vous êtes libre de refuser cet appel",
}
"""Sentences of the first step, word for word: who calls proves it, not who is called."""
BEFORE_SUCCESS: Final[Mapping[str, str]] = {
    "asks-nothing": (
        "Je ne vous demanderai ni votre numéro de sécurité sociale, ni vos coordonnées bancaires, ni mot de passe"
    ),
}
"""Sentences that are said on every way to an outcome that counts as a success."""

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VARIABLE: Final = re.compile(r"\{(\w*)\}")
_SENTENCE_END: Final = re.compile(r"[.?!](?:\s|$)")
_FORBIDDEN: Final = {
    "asks for a number that is nobody's business": (
        r"numéro (?:de sécu|d.assurée?\b|d.immatriculation)|\bmatricule\b|\bnir\b|\biban\b|\brib\b"
        r"|coordonnées (?:bancaires|de votre banque)|carte (?:bancaire|bleue|vitale)"
        r"|numéro (?:de |de la |de votre )?(?:carte|compte)|chiffres de (?:la |votre )?carte"
    ),
    "asks for a secret": r"mots? de passe|\bcodes?\b|identifiants?\b|france ?connect|votre connexion",
    "asks the person to prove who they are": (
        r"(?:date|lieu) de naissance|\bnée?(?:\(e\))? (?:le|en)\b|êtes-vous née?\b|quel âge|votre âge|où habitez|épelez"
        r"|votre (?:nom|prénom|adresse|signature|courriel)\b|pièce d.identité|prouve"
    ),
    "asks about an illness": (
        r"quelle (?:est votre )?maladie|de quoi souffrez|quel(?:s)? (?:est votre |sont vos )?traitements?|diagnostic"
        r"|médicament|vos résultats|prenez-vous (?:bien |toujours )?(?:vos|des|un)\b|\btension\b|\btaux\b|symptôme"
        r"|avez-vous mal|douleur|vous a dit|enceinte|grossesse|fumez|alcool|pesez|votre poids|\bcœur\b|handicap"
    ),
    "asks about private life": r"combien gagnez|vos revenus|votre salaire|vivez-vous|marié|religio|syndica",
    "names an illness": (
        r"diab|cancer|insuffisance|cardiaque|asthm|\bald\b|affection|patholog|hypertens|dépress|hépat|\bvih\b"
        r"|(?<!assurance )maladie\b"
    ),
    "gives medical advice": (
        r"vous devez (?:prendre|arrêter|consulter)|il faut (?:absolument|consulter)|arrêtez|doublez|posologie"
    ),
    "presses": (
        r"urgen|sous peine|dernier rappel|immédiat|sans délai|obligatoire|suspend|(?:allez )?perdre vos|vous risquez"
        r"|pénalité|sanction"
    ),
    "leads somewhere": r"https?:|www\.|@|cliqu|\blien\b|télécharg",
    "sells": r"gratuit|offert|\bachet|promotion|\d\s*€",
}
_RULES: Final = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _FORBIDDEN.items()}
_NEUTRAL_ONLY: Final = re.compile(
    r"médecin|docteur|infirm|hôpita|hospital|clinique|pharmac|ordonnance|examen|analyse|vaccin|dépist|prévention"
    r"|santé\b|soin|consult|rendez-vous|suivi|bilan|traite|rembours|paiement|dossier|votre état\b",
    re.IGNORECASE,
)
"""Not for a machine, nor for anybody else's ears."""


def findings(script: CallScript) -> list[str]:
    """Everything that must be put right before anybody reads it out; empty when nothing must."""
    loose = list(_loose_ends(script))
    ways = [] if loose else list(_ways(script))
    return [*loose, *ways, *_opening(script), *_wordings(script), *_neutral(script)]


def _loose_ends(script: CallScript) -> Iterator[str]:
    if script.first not in script.steps:
        yield f"first names no step: {script.first}"
    if not _NAME.fullmatch(script.name):
        yield "the name must be small letters, digits and hyphens"
    for step in script.steps.values():
        if not _NAME.fullmatch(step.name):
            yield f"{step.name} is no name"
        for answer in step.answers:
            if answer.outcome is None and answer.next not in script.steps:
                yield f"{step.name} leads nowhere: {answer.next}"


def _ways(script: CallScript) -> Iterator[str]:
    reached: set[str] = set()
    problems: set[str] = set()

    def follow(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            problems.add(f"goes in a circle: {' > '.join((*way, name))}")
            return
        way = (*way, name)
        reached.add(name)
        if len(way) > MOST_STEPS:
            problems.add(f"{name} comes after {len(way) - 1} steps, {MOST_STEPS} are allowed in all")
            return
        for answer in script.steps[name].answers:
            if answer.outcome is None:
                follow(answer.next, way)
            elif TRAITS[answer.outcome].success:
                problems.update(_unsaid(script, way))

    follow(script.first, ())
    yield from sorted(problems)
    yield from (f"{name} is out of reach" for name in script.steps if name not in reached)


def _unsaid(script: CallScript, way: tuple[str, ...]) -> Iterator[str]:
    said = " ".join(script.steps[name].say for name in way)
    for name, sentence in BEFORE_SUCCESS.items():
        if typeset(sentence) not in said:
            yield f"{way[-1]} comes without the sentence {name}"


def _opening(script: CallScript) -> Iterator[str]:
    first = script.steps.get(script.first)
    for name, sentence in OPENING.items():
        if first is not None and typeset(sentence) not in first.say:
            yield f"{script.first} lacks the sentence {name}"


def _wordings(script: CallScript) -> Iterator[str]:
    for place, text in script.texts():
        own = text
        for sentence in (*OPENING.values(), *BEFORE_SUCCESS.values()):
            own = own.replace(typeset(sentence), "")
        yield from (f"{place} {what}" for what, pattern in _RULES.items() if pattern.search(own))
        for sentence in _SENTENCE_END.split(text):
            if len(sentence.split()) > LONGEST_SENTENCE:
                yield f"{place}: a sentence of {len(sentence.split())} words"
        unknown = set(_VARIABLE.findall(text)) - {"caisse", "numero"}
        if unknown or re.sub(_VARIABLE, "", text).strip("{}") != re.sub(_VARIABLE, "", text):
            yield f"{place}: a variable that nobody fills"
        if mask_personal_data(text) != text:
            yield f"{place}: something that looks personal"


def _neutral(script: CallScript) -> Iterator[str]:
    for place, text in (("voicemail", script.voicemail), ("third_party", script.third_party)):
        if _NEUTRAL_ONLY.search(text):
            yield f"{place} tells why we call"
        if "3646" not in text:
            yield f"{place} offers no number to call back"
