"""What the database holds of what leaves the house, of agreements that are final, and of corrections in the ledger.

A signal or a lift is inserted only with an agreement of exactly that case and that mutual or report, granted by
somebody else than whoever acts, since the last reopening, and not too long ago. The dated figures say how long.
"""

from typing import Final

from ameli_notify.core.roles import APP, append_only
from fraud.cases.enums import SHAREABLE, SHAREABLE_AUTHORS, ApprovalSubject, CaseOutcome, ParameterCode

SIGNAL: Final = "fraud_sharedsignal"
LIFT: Final = "fraud_identitylift"
EDITION: Final = "fraud_resultsedition"

_GRANTS: Final = (
    append_only(SIGNAL)
    + f"GRANT UPDATE (revoked_at, revoked_by_id) ON {SIGNAL} TO {APP};"
    + append_only(LIFT)
    + append_only(EDITION)
)
_OUTCOMES: Final = ", ".join(f"'{one}'" for one in SHAREABLE)
_AUTHORS: Final = ", ".join(f"'{one}'" for one in SHAREABLE_AUTHORS)

# Stays when this is undone: ``fraud_case_needs_another`` reads by it.
_FIGURE: Final = """
CREATE OR REPLACE FUNCTION fraud_case_parameter(of_code text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT value FROM fraud_caseparameter,
        LATERAL (SELECT (now() AT TIME ZONE 'Europe/Paris')::date AS day) today
    WHERE code = of_code AND valid_from <= day AND (valid_to IS NULL OR valid_to >= day)
    ORDER BY valid_from DESC LIMIT 1
$$;
"""

# No figure in force: no agreement holds, nothing is shared and nothing is lifted.
_AGREEMENT: Final = f"""
CREATE FUNCTION fraud_agreement_holds(agreement bigint, of_case bigint, of_subject text, actor bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM fraud_caseapproval a JOIN fraud_fraudcase c ON c.id = a.case_id
        WHERE a.id = agreement AND a.case_id = of_case AND a.subject = of_subject
          AND a.approved_by_id <> actor
          AND a.approved_at > coalesce(c.reopened_at, '-infinity')
          AND a.approved_at > now() - make_interval(days => fraud_case_parameter('{ParameterCode.AGREED_DAYS}')::int)
    )
$$;
"""

# Of the lines that are held, also in a case merged into this one: those of people whom a mutual covered on the day of
# the care.
CONCERNED: Final = """
CREATE OR REPLACE FUNCTION fraud_concerned_partners(of_case bigint)
RETURNS TABLE (partner_id bigint, nature_code integer, care_start date) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT m.partner_id, line.nature_code, line.care_start
    FROM fraud_fraudcase c
    JOIN fraud_caseline held ON held.case_id = c.id
    JOIN fraud_reportedline line ON line.id = held.reported_line_id
    JOIN accounts_partnermembership m ON m.insured_id IN (line.beneficiary_id, line.policyholder_id)
        AND m.starts_on <= line.care_start AND (m.ends_on IS NULL OR m.ends_on >= line.care_start)
    WHERE c.id = of_case OR c.merged_into_id = of_case
$$;
"""

_SIGNAL: Final = f"""
CREATE FUNCTION fraud_signal_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_case fraud_fraudcase;
    longest timestamptz := now() + make_interval(days => fraud_case_parameter('{ParameterCode.SHARE_DAYS}')::int);
BEGIN
    SELECT * INTO of_case FROM fraud_fraudcase WHERE id = NEW.case_id;
    IF NOT fraud_agreement_holds(NEW.approval_id, NEW.case_id, '{ApprovalSubject.SHARE}', NEW.shared_by_id)
        OR NOT EXISTS (
            SELECT FROM fraud_caseapproval a WHERE a.id = NEW.approval_id AND a.partner_id = NEW.partner_id
        )
    THEN
        RAISE EXCEPTION 'sharing needs a second person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_shared_by_two';
    END IF;
    IF longest IS NULL OR NEW.expires_at > longest THEN
        RAISE EXCEPTION 'sharing is not open, or not for so long'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_shared_for_a_time';
    END IF;
    IF of_case.merged_into_id IS NOT NULL OR of_case.outcome NOT IN ({_OUTCOMES})
        OR of_case.outcome <> NEW.outcome OR of_case.author_category NOT IN ({_AUTHORS})
        OR of_case.performer_rpps IS DISTINCT FROM NEW.performer_rpps
        OR of_case.performer_finess <> NEW.performer_finess
        OR NOT EXISTS (
            SELECT FROM fraud_concerned_partners(NEW.case_id) c WHERE c.partner_id = NEW.partner_id
        )
    THEN
        RAISE EXCEPTION 'this case has nothing to tell that partner'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_shared_with_reason';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER signal_by_two BEFORE INSERT ON {SIGNAL} FOR EACH ROW EXECUTE FUNCTION fraud_signal_by_two();

CREATE FUNCTION fraud_signal_revoked_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'a revoked signal stays revoked'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signal_revoked_once';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER signal_revoked_once BEFORE UPDATE ON {SIGNAL} FOR EACH ROW EXECUTE FUNCTION fraud_signal_revoked_once();
"""

_LIFT: Final = f"""
CREATE FUNCTION fraud_lift_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    longest timestamptz := now() + make_interval(days => fraud_case_parameter('{ParameterCode.LIFT_DAYS}')::int);
BEGIN
    IF NOT fraud_agreement_holds(NEW.approval_id, NEW.case_id, '{ApprovalSubject.LIFT_IDENTITY}', NEW.lifted_by_id)
        OR NOT EXISTS (
            SELECT FROM fraud_caseapproval a WHERE a.id = NEW.approval_id AND a.report_id = NEW.report_id
        )
    THEN
        RAISE EXCEPTION 'lifting an identity needs a second person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_lifted_by_two';
    END IF;
    IF longest IS NULL OR NEW.ends_at > longest OR NOT EXISTS (
            SELECT FROM fraud_casereport
            WHERE case_id = NEW.case_id AND report_id = NEW.report_id AND unlinked_at IS NULL
        )
    THEN
        RAISE EXCEPTION 'this report is not of that case, or not for so long'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_lifted_for_a_time';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lift_by_two BEFORE INSERT ON {LIFT} FOR EACH ROW EXECUTE FUNCTION fraud_lift_by_two();
"""


# A person is told once; until then the day may be put off, never by more than the figure of the house says.
def _told_once(day: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION fraud_lift_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest date := (now() AT TIME ZONE 'Europe/Paris')::date
        + fraud_case_parameter('{ParameterCode.DEFER_DAYS}')::int;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.told_at IS NOT NULL THEN
        RAISE EXCEPTION 'this person was told'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lift_told_once';
    END IF;
    IF NEW.told_at IS NULL AND (latest IS NULL OR NEW.{day} > latest) THEN
        RAISE EXCEPTION 'telling is not put off for so long'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lift_deferred_for_a_time';
    END IF;
    RETURN NEW;
END $$;
"""


TELLING: Final = (
    f"GRANT UPDATE (defer_until, told_at) ON {LIFT} TO {APP};"
    + _told_once("defer_until")
    + f"CREATE TRIGGER lift_told BEFORE INSERT OR UPDATE ON {LIFT} FOR EACH ROW EXECUTE FUNCTION fraud_lift_told();"
)
"""As it was first; the day has been called ``tell_on`` since."""
TELL_ON: Final = _told_once("tell_on")
TELL_AS_FIRST: Final = _told_once("defer_until")
NOT_TELLING: Final = f"DROP TRIGGER lift_told ON {LIFT}; DROP FUNCTION fraud_lift_told();"
"""Undoes TELLING."""

_FINAL: Final = """
CREATE FUNCTION fraud_approval_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.approved_at IS NOT NULL OR OLD.refused_at IS NOT NULL THEN
        RAISE EXCEPTION 'this agreement was answered already'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_approval_is_final';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_is_final BEFORE UPDATE ON fraud_caseapproval
    FOR EACH ROW EXECUTE FUNCTION fraud_approval_is_final();
"""

# A correction takes an entry of the same case and kind to another amount, never below nothing.
_LEDGER: Final = """
CREATE FUNCTION fraud_amount_corrects() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong fraud_caseamount;
BEGIN
    IF NEW.corrects_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO wrong FROM fraud_caseamount WHERE id = NEW.corrects_id;
    IF wrong.case_id <> NEW.case_id OR wrong.kind <> NEW.kind OR wrong.corrects_id IS NOT NULL
        OR wrong.amount + NEW.amount
            + coalesce((SELECT sum(amount) FROM fraud_caseamount WHERE corrects_id = wrong.id), 0) < 0
    THEN
        RAISE EXCEPTION 'this does not correct that entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_amount_corrects_its_like';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER amount_corrects BEFORE INSERT ON fraud_caseamount
    FOR EACH ROW EXECUTE FUNCTION fraud_amount_corrects();
"""

# The ledger of a case is its own and that of the cases merged into it.
_NEEDS_ANOTHER: Final = f"""
CREATE OR REPLACE FUNCTION fraud_case_needs_another(of_case fraud_fraudcase) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN of_case.outcome = '{CaseOutcome.FRAUD}' THEN '{ApprovalSubject.FRAUD}'
        WHEN of_case.outcome = '{CaseOutcome.NO_FOLLOW_UP}' AND greatest(
                of_case.amount_at_stake,
                (SELECT sum(a.amount) FROM fraud_caseamount a JOIN fraud_fraudcase c ON c.id = a.case_id
                 WHERE (c.id = of_case.id OR c.merged_into_id = of_case.id) AND a.kind = 'presumed')
            ) >= coalesce(fraud_case_parameter('{ParameterCode.CLOSE_ALONE}'), 0) THEN '{ApprovalSubject.NO_FOLLOW_UP}'
    END
$$;
"""

# What happens to a merged case happens in the case that holds it.
_MERGED: Final = """
CREATE FUNCTION fraud_merged_case_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.merged_into_id IS NOT NULL AND (NEW.status <> OLD.status OR NEW.outcome <> OLD.outcome) THEN
        RAISE EXCEPTION 'a merged case stands still'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_merged_stands_still';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER merged_case_stands BEFORE UPDATE ON fraud_fraudcase
    FOR EACH ROW EXECUTE FUNCTION fraud_merged_case_stands();
"""

CREATE: Final = "".join(
    (_GRANTS, _FIGURE, _AGREEMENT, CONCERNED, _SIGNAL, _LIFT, _FINAL, _LEDGER, _NEEDS_ANOTHER, _MERGED)
)
DROP: Final = f"""
DROP TRIGGER merged_case_stands ON fraud_fraudcase;
DROP TRIGGER amount_corrects ON fraud_caseamount;
DROP TRIGGER approval_is_final ON fraud_caseapproval;
DROP TRIGGER lift_by_two ON {LIFT};
DROP TRIGGER signal_revoked_once ON {SIGNAL};
DROP TRIGGER signal_by_two ON {SIGNAL};
DROP FUNCTION fraud_merged_case_stands(), fraud_amount_corrects(), fraud_approval_is_final(), fraud_lift_by_two(),
    fraud_signal_revoked_once(), fraud_signal_by_two();
DROP FUNCTION fraud_concerned_partners(bigint);
DROP FUNCTION fraud_agreement_holds(bigint, bigint, text, bigint);
"""
