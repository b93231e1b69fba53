"""What an adviser sees of a person: enough to talk with them, nothing of why they are ill or what they had."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.people.contacts import mobile_fr
from accounts.people.models import InsuredPerson
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.dialling import shown_number
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.scripts.publishing import published
from outreach.campaigns.scripts.structure import CallScript, Place, walk
from reimbursements.explanations.typography import french_date
from reimbursements.reference.models import HealthFund

NAMED: tuple[str, ...] = ("id", "birth_name", "usage_name", "first_names", "born_on", "fund_code")
"""All that is read of a person for the workstation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCall:
    """A call as it is printed. ``number`` is empty until it was asked for, and once it must not be dialled any more."""

    name: str
    age_band: str
    fund: str
    caller_number: str
    number: str
    promised: bool
    earlier: list["EarlierCall"]
    script: CallScript
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCall:
    """What an earlier call of the same campaign came to."""

    on: str
    outcome: str
    note: str


def shown_call(claim: CallClaim, *, draft: CallDraft | None) -> ShownCall:
    """Everything that the page of a call prints. Whoever calls has logged the reading."""
    task = claim.task
    campaign = task.campaign
    person = InsuredPerson.objects.only(*NAMED).get(pk=claim.insured_id)
    script = published(campaign.script_id)
    return ShownCall(
        name=name_of(person),
        age_band=_age_band(person),
        fund=fund_name(person.fund_code),
        caller_number=campaign.displayed_number.number_fr,
        number=mobile_fr(shown_number(claim)),
        promised="callback" in task.components,
        earlier=earlier_calls(task),
        script=script,
        place=walk(script, draft.answers if draft else []),
    )


def name_of(person: InsuredPerson) -> str:
    """First names and the name in use."""
    return f"{person.first_names} {person.usage_name or person.birth_name}"


def spoken(text: str, call: ShownCall) -> str:
    """A text of the script with the fund and the number that the person sees."""
    return text.replace("{caisse}", call.fund).replace("{numero}", call.caller_number)


def earlier_calls(task: CallTask) -> list[EarlierCall]:
    """Calls to the person in this campaign, the latest first."""
    return [
        EarlierCall(
            on=french_date(timezone.localdate(one.ended_at)),
            outcome=str(Disposition(one.disposition).label),
            note="" if one.note_sealed is None else key_ring().open(one.note_sealed, context=one.note_context),
        )
        for one in CallAttempt.objects.filter(task=task).order_by("-number")
    ]


def fund_name(code: str) -> str:
    """« CPAM de Paris »; without it in the reference data, the insurer's own name."""
    name = HealthFund.objects.filter(code=code).values_list("name", flat=True).first()
    return name or "caisse d’Assurance Maladie"


def _age_band(person: InsuredPerson) -> str:
    if person.born_on is None:
        return "âge non connu"
    today, born = timezone.localdate(), person.born_on
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f"de {age // 10 * 10} à {age // 10 * 10 + 9} ans"
