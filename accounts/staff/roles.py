"""What each role of the staff may do in the console. Written here, reviewed like code, applied by ``sync_roles``.

A permission is « app.codename », as text, because roles speak of pages on floors above this one. Nobody may
delete anything. On pages of runs and templates, « change » means: suspend and resume, put into service.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Staff roles, the names of the groups."""

    INVESTIGATOR = "investigator"
    ADVISER = "adviser"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    LEGAL = "legal"
    DATA_PROTECTION = "data-protection"


ROLE_NAMES_FR: Final[Mapping[Role, str]] = {
    Role.INVESTIGATOR: "enquête",
    Role.ADVISER: "conseil téléphonique",
    Role.SUPERVISOR: "supervision",
    Role.AUDITOR: "contrôle interne",
    Role.LEGAL: "service juridique",
    Role.DATA_PROTECTION: "protection des données",
}


def _on(action: str, models: Iterable[str]) -> frozenset[str]:
    """``_on("view", ["app.model"])`` is ``{"app.view_model"}``."""
    return frozenset(f"{app}.{action}_{model}" for app, _, model in (name.partition(".") for name in models))


_REFERENCE: Final = (
    "reimbursements.actreference",
    "reimbursements.carepath",
    "reimbursements.conditionreference",
    "reimbursements.copayrule",
    "reimbursements.exemptionreason",
    "reimbursements.healthfund",
    "reimbursements.insurancenature",
    "reimbursements.naturereference",
    "reimbursements.payeereference",
    "reimbursements.specialty",
)
_PEOPLE: Final = ("accounts.insuredperson", "outreach.notification", "outreach.inboxmessage")
_MESSAGES: Final = ("outreach.messagetemplate",)
_OPERATIONS: Final = (
    "accounts.directorybatch",
    "outreach.digestrun",
    "outreach.postlistentry",
    "reimbursements.importbatch",
    "reimbursements.importreject",
)
_JOBS: Final = ("django_q.schedule", "django_q.failure", "django_q.ormq")
_CASES: Final = ("fraud.fraudcase",)
_CONVERSATIONS: Final = ("fraud.conversation",)
_STAFFING: Final = ("fraud.absence", "fraud.assignmentrule", "fraud.workload")
_CASE_RULES: Final = ("fraud.caseparameter", "fraud.legalbasis", "fraud.liftbasis")
_OPENINGS: Final = ("fraud.caseopening",)
"""Who opened the people of which case, and who granted it."""
_REGISTER: Final = ("fraud.sharedsignal", "fraud.identitylift")
"""What left the house about cases, for whoever controls it and did not do it."""
_PARTNERS: Final = (
    "accounts.partnerinsurer",
    "accounts.partnerclient",
    "accounts.partnerkey",
    "accounts.partneruser",
)
_WEBHOOKS: Final = ("accounts.webhookendpoint", "accounts.webhookdelivery")
"""Made by the partners themselves; « change » means: stop, put back, send again."""
_CAMPAIGNS: Final = ("outreach.callcampaign",)
_PREVENTION: Final = ("outreach.preventioncampaign",)
_TRACES: Final = ("accounts.accesslog", "accounts.user", "admin.logentry")

PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = {
    Role.ADVISER: (
        _on("view", _CAMPAIGNS)
        | _on("call", _CAMPAIGNS)
        | _on("view", [*_PEOPLE, *_MESSAGES, *_REFERENCE, *_CONVERSATIONS])
        | _on("answer", _CONVERSATIONS)
    ),
    Role.INVESTIGATOR: (
        _on("view", [*_PEOPLE, *_MESSAGES, *_OPERATIONS, *_REFERENCE, *_CASES, *_CASE_RULES])
        | _on("work", _CASES)
        | _on("identify", _CASES)
    ),
    Role.SUPERVISOR: (
        frozenset().union(*(_on(action, _CAMPAIGNS) for action in ("view", "add", "approve", "run", "review")))
        | frozenset().union(*(_on(action, _PREVENTION) for action in ("view", "add", "approve", "run")))
        | _on("view", [*_PEOPLE, *_MESSAGES, *_OPERATIONS, *_REFERENCE, *_JOBS, *_TRACES])
        | _on("add", [*_MESSAGES, *_REFERENCE])
        | _on("change", [*_MESSAGES, *_REFERENCE, "outreach.digestrun"])
        | _on("view", [*_CASES, *_STAFFING, *_CASE_RULES, *_OPENINGS, *_CONVERSATIONS])
        | _on("answer", _CONVERSATIONS)
        | _on("supervise", _CONVERSATIONS)
        | _on("add", [*_STAFFING, *_CASE_RULES])
        | _on("change", [*_STAFFING, *_CASE_RULES])
        | frozenset().union(*(_on(action, _PARTNERS) for action in ("view", "add", "change")))
        | frozenset().union(*(_on(action, _WEBHOOKS) for action in ("view", "change")))
        | frozenset().union(*(_on(action, _CASES) for action in ("work", "assign", "approve", "identify")))
    ),
    # Controls what others did and looked at, and needs nobody's data for that.
    Role.AUDITOR: _on(
        "view",
        [
            *_MESSAGES,
            *_OPERATIONS,
            *_REFERENCE,
            *_JOBS,
            *_TRACES,
            *_CASES,
            *_CASE_RULES,
            *_OPENINGS,
            *_REGISTER,
            *_PARTNERS,
            *_WEBHOOKS,
            *_CAMPAIGNS,
            *_PREVENTION,
        ],
    ),
    # Reads cases without their people, is the second person of what goes to court, keeps the legal bases right.
    Role.LEGAL: (
        _on("view", [*_MESSAGES, *_REFERENCE, *_CASES, *_CASE_RULES, *_REGISTER, *_CAMPAIGNS])
        | _on("view", _PREVENTION)
        | _on("approve", [*_CASES, *_CAMPAIGNS, *_PREVENTION])
        | _on("add", ["fraud.legalbasis", "fraud.liftbasis"])
        | _on("change", ["fraud.legalbasis", "fraud.liftbasis"])
    ),
    # Watches over who looked at whom.
    Role.DATA_PROTECTION: _on(
        "view",
        [
            *_MESSAGES,
            *_REFERENCE,
            *_TRACES,
            *_OPENINGS,
            *_REGISTER,
            *_PARTNERS,
            *_WEBHOOKS,
            *_CAMPAIGNS,
            *_PREVENTION,
        ],
    ),
}
