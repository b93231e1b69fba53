"""Roles as written in code are what the database holds."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from accounts.staff import services
from accounts.staff.roles import PERMISSIONS, ROLE_NAMES_FR, Role

WRITES = {
    Role.INVESTIGATOR: {"fraud.work_fraudcase", "fraud.identify_fraudcase"},
    Role.ADVISER: {"fraud.answer_conversation", "outreach.call_callcampaign"},
    Role.AUDITOR: set(),
    Role.DATA_PROTECTION: set(),
    Role.LEGAL: {
        "outreach.approve_callcampaign",
        "outreach.approve_preventioncampaign",
        "fraud.approve_fraudcase",
        "fraud.add_legalbasis",
        "fraud.change_legalbasis",
        "fraud.add_liftbasis",
        "fraud.change_liftbasis",
    },
    Role.SUPERVISOR: {
        "outreach.add_callcampaign",
        "outreach.approve_callcampaign",
        "outreach.run_callcampaign",
        "outreach.review_callcampaign",
        "outreach.add_preventioncampaign",
        "outreach.approve_preventioncampaign",
        "outreach.run_preventioncampaign",
        "fraud.answer_conversation",
        "fraud.supervise_conversation",
        "outreach.add_messagetemplate",
        "outreach.change_messagetemplate",
        "outreach.change_digestrun",
        "fraud.work_fraudcase",
        "fraud.assign_fraudcase",
        "fraud.approve_fraudcase",
        "fraud.identify_fraudcase",
        *(
            f"fraud.{action}_{model}"
            for action in ("add", "change")
            for model in ("absence", "assignmentrule", "workload", "caseparameter", "legalbasis", "liftbasis")
        ),
        *(
            f"accounts.{action}_{model}"
            for action in ("add", "change")
            for model in ("partnerclient", "partnerinsurer", "partnerkey", "partneruser")
        ),
        "accounts.change_webhookendpoint",
        "accounts.change_webhookdelivery",
        *(
            f"reimbursements.{action}_{model}"
            for action in ("add", "change")
            for model in (
                "actreference",
                "carepath",
                "conditionreference",
                "copayrule",
                "exemptionreason",
                "healthfund",
                "insurancenature",
                "naturereference",
                "payeereference",
                "specialty",
            )
        ),
    },
}


@pytest.mark.parametrize("role", Role)
def test_who_may_write_what(role: Role) -> None:
    assert {name for name in PERMISSIONS[role] if ".view_" not in name} == WRITES[role]


def test_the_auditor_reads_nobodys_data_and_the_others_do_not_audit_themselves() -> None:
    people = {"accounts.view_insuredperson", "outreach.view_notification", "outreach.view_inboxmessage"}
    assert not PERMISSIONS[Role.AUDITOR] & people
    assert people <= PERMISSIONS[Role.INVESTIGATOR] & PERMISSIONS[Role.ADVISER]
    log = "accounts.view_accesslog"
    assert {role for role in Role if log in PERMISSIONS[role]} == {Role.SUPERVISOR, Role.AUDITOR, Role.DATA_PROTECTION}


def test_whoever_sees_the_people_of_a_case_is_watched_by_somebody_who_does_not() -> None:
    sees = {role for role in Role if "fraud.identify_fraudcase" in PERMISSIONS[role]}
    watches = {role for role in Role if "fraud.view_caseopening" in PERMISSIONS[role]}
    assert sees == {Role.INVESTIGATOR, Role.SUPERVISOR}
    assert watches - sees == {Role.AUDITOR, Role.DATA_PROTECTION}
    assert not any("fraudcase" in name for role in (Role.ADVISER, Role.DATA_PROTECTION) for name in PERMISSIONS[role])


def test_every_role_has_permissions_and_a_french_name() -> None:
    assert set(PERMISSIONS) == set(ROLE_NAMES_FR) == set(Role)


@pytest.mark.django_db
def test_sync_makes_the_groups_exact_and_can_be_repeated() -> None:
    call_command("sync_roles")
    adviser = Group.objects.get(name="adviser")
    adviser.permissions.add(Permission.objects.get(codename="delete_insuredperson"))
    adviser.permissions.remove(Permission.objects.get(codename="view_insuredperson"))
    call_command("sync_roles")
    for role, names in PERMISSIONS.items():
        held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == names


@pytest.mark.django_db
def test_a_permission_that_does_not_exist_is_named_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PERMISSIONS", {Role.ADVISER: frozenset({"outreach.view_unicorn"})})
    before = sorted(Group.objects.values_list("name", "permissions"))
    with pytest.raises(CommandError, match=r"outreach\.view_unicorn"):
        call_command("sync_roles")
    assert sorted(Group.objects.values_list("name", "permissions")) == before
