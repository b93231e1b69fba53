"""The tables of ``test_url_access``: every URL, with who may open it; of models see ``model_rights``."""

from typing import Final

from accounts.staff.roles import Role
from tests.fraud.url_access import REPORT_ARGUMENTS, REPORT_PAGES

ANONYMOUS: Final = "anonymous"
NO_DEVICE: Final = "no device"
INVESTIGATOR, ADVISER, SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION = (str(role) for role in Role)
STAFF: Final = (INVESTIGATOR, ADVISER, SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION)
INSURED: Final = "insured person"
OTHER_INSURED: Final = "another insured person"
ONE_FACTOR: Final = "insured person without the second factor"
PARTNER_USER: Final = "user of a partner"
OUTSIDERS: Final = (ANONYMOUS, NO_DEVICE, INSURED, ONE_FACTOR, PARTNER_USER)
"""Whoever is not signed in to the console with two factors."""
VISITORS: Final = (*OUTSIDERS, *STAFF)

VISITOR: Final = "Visiteuse"
"""First name of the insured person who visits."""
OTHER: Final = "Autre"
"""First name of the other one, who has nothing."""
NOBODYS: Final = frozenset({"this year"})
"""Of the arguments made beside the visitor's rows: those that are the same for everybody."""

SIGN_IN: Final = 302
REFUSED: Final = 403

# name -> status for everybody, or by visitor
Expected = int | dict[str, int]


def staff_only(*may: str, status: int = 200) -> Expected:
    """The sign-in page for who is not signed in with two factors, ``status`` for who may, refused for the rest."""
    return dict.fromkeys(OUTSIDERS, SIGN_IN) | {role: status if role in may else REFUSED for role in STAFF}


def insured_only(status: int = 200) -> Expected:
    """The sign-in page for who is not signed in, ``status`` for an insured person, refused for the staff."""
    return (
        dict.fromkeys((ANONYMOUS, ONE_FACTOR, PARTNER_USER), SIGN_IN)
        | dict.fromkeys((NO_DEVICE, *STAFF), REFUSED)
        | {INSURED: status}
    )


def partner_only(status: int = 200) -> Expected:
    """The partners' sign-in page for everybody but a partner's user."""
    return dict.fromkeys(VISITORS, SIGN_IN) | {PARTNER_USER: status}


def except_for(visitor: str, status: int, *, others: int = 200) -> Expected:
    """One answer for a kind of visitor, another for everybody else."""
    return dict.fromkeys(VISITORS, others) | {visitor: status}


PAGES: Final[dict[str, Expected]] = {
    "home": 200,
    "recognise": 200,
    "help": 200,
    "contact": 200,
    "accessibility": 200,
    "legal-notice": 200,
    "personal-data": 200,
    "site-map": 200,
    "robots": 200,
    "healthz": 200,
    "articles": 200,
    "article": 200,
    "sign-in": except_for(INSURED, 302),
    "sign-in-code": 302,
    "sign-in-factor": 405,
    "sign-in-passkey": 405,
    "sign-in-passkey-challenge": 405,
    "sign-out": 405,
    "account-create": except_for(INSURED, 302),
    "account-create-code": 302,
    "account-create-password": 302,
    "password-forgotten": except_for(INSURED, 302),
    "password-forgotten-code": 302,
    "password-forgotten-password": 302,
    "my-space": insured_only(),
    "my-messages": insured_only(),
    "my-prevention": insured_only(),
    "my-appointments": insured_only(),
    "my-appointment": insured_only(),
    "my-appointment-ics": insured_only(),
    "my-callback": insured_only(),
    "my-callback-ics": insured_only(),
    "stop-my-calls": insured_only(),
    # Nobody is let in without a code, whoever they are.
    "reply": 200,
    "reply-case": 302,
    "reply-send": 302,
    "reply-read": 302,
    "reply-document": 302,
    "reply-quit": 405,
    "report-without-account": 200,
    "report-paper-form": 200,
    "report-figures": 200,
    "report-figures-of-year": 200,
    "report-figures-csv": 200,
    **{name: insured_only(status) for name, status in REPORT_PAGES.items()},
    "my-information": insured_only(),
    "my-accesses": insured_only(),
    "my-rights": insured_only(),
    "my-data": insured_only(),
    "my-preferences": insured_only(302),  # asks for a fresh code first
    "my-consents": insured_only(302),  # and so does this one
    "payments": insured_only(),
    "payments-csv": insured_only(),
    "payments-pdf": insured_only(),
    "payment": insured_only(),
    "care-year": insured_only(),
    "session-time": insured_only(),
    "session-extend": insured_only(405),
    "security": insured_only(),
    "confirm-identity": insured_only(),
    "confirm-identity-factor": insured_only(405),
    "confirm-identity-passkey": insured_only(405),
    "confirm-identity-passkey-challenge": insured_only(405),
    "end-session": insured_only(405),
    "end-other-sessions": insured_only(405),
    # These ask for a fresh code first.
    "change-password": insured_only(302),
    "add-passkey": insured_only(302),
    "add-passkey-challenge": insured_only(302),
    "add-app": insured_only(302),
    "confirm-app": insured_only(302),
    "add-channel": insured_only(302),
    "remove-factor": insured_only(302),
    "make-recovery-codes": insured_only(302),
    "confirm-contact": insured_only(302),
    "change-contact": insured_only(302),
    # Off unless the settings name FranceConnect; on, in tests/accounts/test_franceconnect.py.
    "franceconnect-sign-in": 404,
    "franceconnect-callback": 404,
    "franceconnect-stopped": 404,
    "franceconnect-sign-out": 404,
    "franceconnect-signed-out": 404,
    "franceconnect-keys": 404,
    "franceconnect-link": 404,
    "franceconnect-unlink": 404,
    # The partners' pages. What each user finds of whose is in tests/partners/test_matrix.py.
    "portal-sign-in": except_for(PARTNER_USER, 302),
    "portal-sign-in-code": 302,
    "portal-join": 200,
    "portal-join-app": 302,
    "portal-sign-out": 405,
    "portal": partner_only(),
    "portal-keys": partner_only(),
    "portal-key-withdraw": partner_only(404),
    "portal-networks": partner_only(404),
    "portal-webhooks": partner_only(),
    "portal-webhook": partner_only(404),
    "portal-webhook-test": partner_only(405),
    "portal-webhook-secret": partner_only(404),
    "portal-webhook-replay": partner_only(405),
    "portal-exports": partner_only(),
    "portal-users": partner_only(),
    "portal-user-remove": partner_only(403),
    # The partner API knows no session; who may read what with a token is in tests/partners/test_api_access.py.
    **dict.fromkeys(
        (
            "api-members",
            "api-member",
            "api-member-reimbursements",
            "api-reimbursements",
            "api-reimbursement",
            "api-changes",
            "api-status",
            "api-exports",
            "api-export",
            "api-export-file",
            "api-alerts",
            "api-alert",
            "api-alert-feedback",
            "api-signals",
            "api-signal",
            "api-campaigns",
            "api-campaign",
            "api-webhooks",
            "api-webhook",
            "api-webhook-test",
            "api-webhook-rotate-secret",
            "api-webhook-deliveries",
            "api-webhook-replay",
        ),
        401,
    ),  # fmt: skip
    **dict.fromkeys(
        ("fhir-patients", "fhir-patient", "fhir-benefits", "fhir-benefit", "fhir-export-status", "fhir-export-file"),
        401,
    ),
    **dict.fromkeys(("fhir-export", "fhir-patient-export", "fhir-jobs"), 401),
    **dict.fromkeys(("fhir-patients-search", "fhir-benefits-search"), 401),
    "fhir-metadata": 200,
    "fhir-smart-configuration": 200,
    "fhir-nothing": 404,
    "api-problem": 200,
    "api-openapi": 200,
    "api-server-metadata": 200,
    "api-token": 405,
    "api-root": 404,
    "api-nothing": 404,
    "staff-sign-in": {**dict.fromkeys(OUTSIDERS, 200), **dict.fromkeys(STAFF, 302)},
    "staff-sign-in-code": 302,
    "staff-sign-in-passkey": 405,
    "staff-sign-in-passkey-challenge": 405,
    "staff-sign-out": 405,
    "admin:index": staff_only(*STAFF),
    "admin:login": 302,
    "admin:logout": {**dict.fromkeys(OUTSIDERS, 302), **dict.fromkeys(STAFF, 405)},
    "admin:password_change": staff_only(*STAFF),
    "admin:password_change_done": staff_only(*STAFF),
    "admin:passkeys": staff_only(*STAFF),
    "admin:passkeys_confirm": staff_only(*STAFF, status=405),
    "admin:passkeys_challenge": staff_only(*STAFF, status=405),
    "admin:passkeys_add": staff_only(*STAFF, status=405),
    "admin:passkeys_remove": staff_only(*STAFF, status=405),
    "admin:session_time": staff_only(*STAFF),
    "admin:session_extend": staff_only(*STAFF, status=405),
    "admin:keyboard": staff_only(*STAFF),
    "admin:jsi18n": staff_only(*STAFF),
    "admin:autocomplete": staff_only(),
    "admin:app_list": staff_only(*STAFF),
    "admin:view_on_site": staff_only(*STAFF, status=404),
    "admin:outreach_digestrun_pause": staff_only(SUPERVISOR),
    "admin:outreach_digestrun_resume": staff_only(SUPERVISOR),
    "admin:outreach_messagetemplate_preview": staff_only(*STAFF),
    "admin:outreach_messagetemplate_html": staff_only(*STAFF),
    "admin:outreach_messagetemplate_activate": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_desk": staff_only(ADVISER),
    "admin:outreach_callcampaign_next": staff_only(ADVISER, status=405),
    "admin:outreach_callcampaign_pause": staff_only(ADVISER, status=405),
    "admin:outreach_callcampaign_take_up": staff_only(ADVISER, status=405),
    "admin:outreach_callcampaign_call": staff_only(ADVISER, status=302),  # only whoever holds the call
    "admin:outreach_callcampaign_late_note": staff_only(ADVISER, status=404),
    "admin:outreach_callcampaign_appointments": staff_only(ADVISER, SUPERVISOR),
    "admin:outreach_callcampaign_appointment": staff_only(ADVISER, SUPERVISOR, status=404),
    "admin:outreach_callcampaign_edit": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_supervision": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_figures": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_lost": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_free": staff_only(SUPERVISOR, status=404),
    "admin:outreach_preventioncampaign_act": staff_only(SUPERVISOR),
    "admin:outreach_preventioncampaign_edit": staff_only(SUPERVISOR),
    "admin:outreach_campaignproposal_act": staff_only(SUPERVISOR, LEGAL),
    "admin:outreach_callcampaign_reviews": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_review": staff_only(SUPERVISOR, status=404),
    "admin:outreach_callcampaign_feedback": staff_only(ADVISER),
    "admin:outreach_callcampaign_results_csv": staff_only(SUPERVISOR),
    "admin:outreach_callcampaign_act": staff_only(SUPERVISOR),
    "admin:fraud_fraudcase_results": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL),
    "admin:fraud_fraudcase_results_csv": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL),
    # Nobody has agreed to lift an identity.
    "admin:fraud_fraudcase_identities": staff_only(INVESTIGATOR, SUPERVISOR, LEGAL, status=302),
    "admin:fraud_fraudcase_dossier": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL),
    **{
        f"admin:fraud_fraudcase_{page}": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL)
        for page in ("profile", "links", "bundle")
    },
    # Of a letter that there is not.
    "admin:fraud_fraudcase_letter": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL, status=404),
    "admin:fraud_fraudcase_simulate": staff_only(SUPERVISOR),
    "admin:fraud_fraudcase_act": staff_only(INVESTIGATOR, SUPERVISOR),
    "admin:fraud_fraudcase_save_view": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL, status=405),
    "admin:fraud_fraudcase_drop_view": staff_only(INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL, status=405),
    "admin:fraud_conversation_take": staff_only(ADVISER, SUPERVISOR, status=405),
    # Only whoever holds the conversation.
    "admin:fraud_conversation_said": staff_only(ADVISER, SUPERVISOR, status=404),  # of no conversation
    "admin:fraud_conversation_answer": staff_only(ADVISER, SUPERVISOR, status=302),
    "admin:fraud_conversation_hand_over": staff_only(ADVISER, SUPERVISOR, status=302),
    "admin:fraud_conversation_close": staff_only(ADVISER, SUPERVISOR, status=302),
    "admin:fraud_conversation_give_back": staff_only(ADVISER, SUPERVISOR, status=302),
    "admin:fraud_conversation_transfer": staff_only(SUPERVISOR, status=302),
    "admin:fraud_conversation_read": staff_only(ADVISER, SUPERVISOR, status=405),
    "admin:fraud_conversation_figures": staff_only(SUPERVISOR),
    # Only whoever holds the case.
    "admin:fraud_rightofreply_open": staff_only(INVESTIGATOR, SUPERVISOR),
    "admin:fraud_rightofreply_letter": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
    "admin:fraud_rightofreply_answer": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
    "admin:fraud_rightofreply_read": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
    "admin:fraud_rightofreply_close": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
    "admin:fraud_rightofreply_document": staff_only(SUPERVISOR, LEGAL, status=404),
    # These ask for a reason first.
    "admin:fraud_fraudcase_people": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
    "admin:fraud_fraudcase_attachment": staff_only(INVESTIGATOR, SUPERVISOR, status=302),
}
ARGUMENTS: Final[dict[str, dict[str, object]]] = {
    **REPORT_ARGUMENTS,
    "article": {"slug": "tiers-payant"},
    "api-member": {"member_id": "00000000-0000-0000-0000-000000000000"},
    "api-member-reimbursements": {"member_id": "00000000-0000-0000-0000-000000000000"},
    "api-reimbursement": {"reimbursement_id": "A" * 48},
    "api-export": {"export_id": "00000000-0000-0000-0000-000000000000"},
    "api-export-file": {"export_id": "00000000-0000-0000-0000-000000000000", "number": 1},
    "fhir-patient": {"resource_id": "00000000-0000-0000-0000-000000000000"},
    "fhir-benefit": {"resource_id": "A" * 48},
    "fhir-export-status": {"export_id": "00000000-0000-0000-0000-000000000000"},
    "fhir-export-file": {"export_id": "00000000-0000-0000-0000-000000000000", "number": 1},
    "fhir-nothing": {"rest": "rien"},
    "api-alert": {"alert_id": "00000000-0000-0000-0000-000000000000"},
    "api-alert-feedback": {"alert_id": "00000000-0000-0000-0000-000000000000"},
    "api-signal": {"signal_id": "00000000-0000-0000-0000-000000000000"},
    "api-campaign": {"campaign_id": "00000000-0000-0000-0000-000000000000"},
    **{
        name: {"webhook_id": "00000000-0000-0000-0000-000000000000"}
        for name in ("api-webhook", "api-webhook-test", "api-webhook-rotate-secret", "api-webhook-deliveries")
    },
    "api-webhook-replay": {
        "webhook_id": "00000000-0000-0000-0000-000000000000",
        "delivery_id": "msg_00000000000000000000000000000000",
    },
    "api-problem": {"code": "not-found"},
    "portal-key-withdraw": {"pk": 0},
    "portal-networks": {"client_id": "00000000-0000-0000-0000-000000000000"},
    "portal-user-remove": {"pk": 0},
    **{
        f"portal-webhook{page}": {"public_id": "00000000-0000-0000-0000-000000000000"}
        for page in ("", "-test", "-secret")
    },
    "portal-webhook-replay": dict.fromkeys(("public_id", "message_id"), "00000000-0000-0000-0000-000000000000"),
    "api-nothing": {"rest": "rien"},
    "payment": {"statement": "statement"},
    **dict.fromkeys(("my-appointment", "my-appointment-ics"), {"public_id": "appointment"}),
    **dict.fromkeys(("my-callback", "my-callback-ics"), {"task_id": "promise"}),
    "care-year": {"year": "this year"},
    "change-contact": {"channel": "mobile"},
    "franceconnect-stopped": {"reason": "perimee"},
    "reply-document": {"public_id": "00000000-0000-0000-0000-000000000000"},
    "admin:app_list": {"app_label": "outreach"},
    "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
    "admin:outreach_digestrun_pause": {"pk": "run"},
    "admin:outreach_digestrun_resume": {"pk": "run"},
    "admin:outreach_messagetemplate_preview": {"pk": "template"},
    "admin:outreach_messagetemplate_html": {"pk": "template"},
    "admin:outreach_messagetemplate_activate": {"pk": "template"},
    "admin:outreach_callcampaign_take_up": {"pk": 1},
    "admin:outreach_callcampaign_call": {"token": "00000000-0000-0000-0000-000000000000"},
    "admin:outreach_callcampaign_late_note": {"pk": 1},
    "admin:outreach_callcampaign_appointment": {"public_id": "00000000-0000-0000-0000-000000000000"},
    "admin:outreach_callcampaign_edit": {"pk": "outreach_callcampaign"},
    "admin:outreach_campaignproposal_act": {"pk": "outreach_campaignproposal", "act": "accepter"},
    "admin:outreach_preventioncampaign_act": {"pk": "outreach_preventioncampaign", "act": "lister"},
    "admin:outreach_preventioncampaign_edit": {"pk": "outreach_preventioncampaign"},
    "admin:outreach_callcampaign_review": {"pk": 1},
    "admin:outreach_callcampaign_free": {"token": "00000000-0000-0000-0000-000000000000"},
    "admin:outreach_callcampaign_results_csv": {"pk": "outreach_callcampaign"},
    "admin:outreach_callcampaign_act": {"pk": "outreach_callcampaign", "act": "compter"},
    "admin:fraud_conversation_answer": {"pk": "fraud_conversation"},
    "admin:fraud_conversation_hand_over": {"pk": "fraud_conversation"},
    "admin:fraud_conversation_close": {"pk": "fraud_conversation"},
    "admin:fraud_conversation_give_back": {"pk": "fraud_conversation"},
    "admin:fraud_conversation_transfer": {"pk": "fraud_conversation"},
    "admin:fraud_conversation_read": {"pk": "fraud_conversation"},
    "admin:fraud_fraudcase_drop_view": {"pk": 1},
    "admin:fraud_fraudcase_act": {"pk": "case", "act": "note"},
    "report-figures-of-year": {"year": 2025},
    "report-figures-csv": {"year": 2025},
    "admin:fraud_fraudcase_identities": {"pk": "case"},
    **{f"admin:fraud_fraudcase_{page}": {"pk": "case"} for page in ("dossier", "profile", "links", "bundle")},
    "admin:fraud_fraudcase_letter": {"pk": "case", "public_id": "00000000-0000-0000-0000-000000000000"},
    "admin:fraud_rightofreply_open": {"case_pk": "case"},
    **{
        f"admin:fraud_rightofreply_{name}": {"pk": "fraud_rightofreply"}
        for name in ("letter", "answer", "read", "close")
    },
    "admin:fraud_rightofreply_document": {
        "pk": "fraud_rightofreply",
        "public_id": "00000000-0000-0000-0000-000000000000",
    },
    "admin:fraud_fraudcase_people": {"pk": "case"},
    "admin:fraud_fraudcase_attachment": {"pk": "case", "public_id": "00000000-0000-0000-0000-000000000000"},
}
