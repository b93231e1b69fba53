"""What a mutual's requests may read of alerts and signals, held by the database.

An alert shows while its member's consent to alerts is open, its amount while the one to payments is open too; a
removed one shows without content, so that the mutual takes its copy away. Neither report, case nor professional is
granted; a signal, about a professional, names nobody insured.
"""

from typing import Final

from accounts.partners.walls import CONSENT
from ameli_notify.core.roles import APP, PARTNER, hide_from_partner, show_to_partner, tear_down, wall_in
from fraud.cases.disclosure_schema import SIGNAL as SIGNAL
from fraud.cases.enums import SHAREABLE, SHAREABLE_AUTHORS
from fraud.partner_api.enums import AlertStatus

ALERT: Final = "fraud_partneralert"
AMOUNT: Final = "fraud_partneralertamount"
FEEDBACK: Final = "fraud_alertfeedback"
POSITION: Final = "fraud_partneralert_position"

ALERT_COLUMNS: Final = (
    "id", "public_id", "position", "partner_id", "insured_id", "member_id", "status", "kind", "source", "severity",
    "care", "has_amount", "opened_at", "changed_at",
)  # fmt: skip
AMOUNT_COLUMNS: Final = ("alert_id", "partner_id", "insured_id", "amount_paid")
FEEDBACK_COLUMNS: Final = ("id", "public_id", "alert_id", "partner_id", "verdict", "amount_recovered", "given_at")
SIGNAL_COLUMNS: Final = (
    "id", "public_id", "case_id", "partner_id", "performer_rpps", "performer_finess", "nature_codes", "care_from",
    "care_to", "outcome", "shared_at", "expires_at", "revoked_at",
)  # fmt: skip


def _consented(table: str, purpose: str) -> str:
    """Behind the wall of consents: the partner's own, and open."""
    return f"EXISTS (SELECT FROM {CONSENT} c WHERE c.insured_id = {table}.insured_id AND c.purpose = '{purpose}')"


_OWN: Final = "partner_id = core_partner_id()"
_OUTCOMES: Final = ", ".join(f"'{one}'" for one in SHAREABLE)
_AUTHORS: Final = ", ".join(f"'{one}'" for one in SHAREABLE_AUTHORS)

CREATE_ALERTS: Final = (
    f"CREATE SEQUENCE {POSITION}; GRANT USAGE ON SEQUENCE {POSITION} TO {APP};"
    + wall_in(ALERT, AMOUNT)
    + show_to_partner(
        ALERT,
        ALERT_COLUMNS,
        rows=f"{_OWN} AND (status = '{AlertStatus.REMOVED}' OR {_consented(ALERT, 'alerts')})",
    )
    + show_to_partner(
        AMOUNT,
        AMOUNT_COLUMNS,
        rows=f"{_OWN} AND {_consented(AMOUNT, 'alerts')} AND {_consented(AMOUNT, 'payments')}",
    )
    + wall_in(FEEDBACK)
    + show_to_partner(FEEDBACK, FEEDBACK_COLUMNS, rows=_OWN)
    + f"REVOKE UPDATE, TRUNCATE ON {FEEDBACK} FROM {APP};\n"
)
DROP_ALERTS: Final = (
    hide_from_partner(FEEDBACK, AMOUNT, ALERT) + tear_down(FEEDBACK, AMOUNT, ALERT) + f"DROP SEQUENCE {POSITION};"
)

# The case is not the mutual's to read: it only learns whether one still stands behind its signal.
CREATE_SIGNALS: Final = (
    f"""
CREATE FUNCTION fraud_signal_stands(of_case bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM fraud_fraudcase c
        WHERE c.id = of_case AND c.merged_into_id IS NULL AND c.outcome IN ({_OUTCOMES})
          AND c.author_category IN ({_AUTHORS}))
$$;
REVOKE ALL ON FUNCTION fraud_signal_stands(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fraud_signal_stands(bigint) TO {PARTNER};
"""
    + wall_in(SIGNAL)
    + show_to_partner(
        SIGNAL,
        SIGNAL_COLUMNS,
        rows=f"{_OWN} AND revoked_at IS NULL AND expires_at > now() AND fraud_signal_stands(case_id)",
    )
)
DROP_SIGNALS: Final = hide_from_partner(SIGNAL) + tear_down(SIGNAL) + "DROP FUNCTION fraud_signal_stands(bigint);"
