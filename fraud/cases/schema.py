"""What the database itself holds of the rules of a case: what only grows, where a case may go, the second person.

The table of steps is ``enums.NEXT``: whoever changes it writes a migration that runs ``CREATE_MOVES`` anew.
"""

from typing import Final

from ameli_notify.core.roles import APP, append_only
from fraud.cases.enums import NEXT, SANCTIONS, ApprovalSubject, CaseOutcome, ParameterCode

APPEND_ONLY: Final = ("fraud_caseamount", "fraud_casestep", "fraud_caseevent", "fraud_caseline")
"""Rows that are added and read, nothing else."""
ANSWERED: Final = {
    "fraud_caseapproval": ("approved_at", "approved_by_id", "refused_at", "refused_by_id"),
    "fraud_caseopening": ("approved_at", "approved_by_id", "refused_at", "refused_by_id", "ends_at"),
    "fraud_casereport": ("unlinked_at", "unlinked_by_id"),
    "fraud_casemerge": ("undone_at", "undone_by_id"),
    "fraud_caseassignment": ("ended_at",),
    "fraud_casenote": ("done_at", "done_by_id"),
}
"""Rows of which the application may write the end, and nothing that was said before."""
KEPT: Final = ("fraud_fraudcase", "fraud_casecounter", "fraud_caseparameter", "fraud_legalbasis")
"""Rows that are never deleted."""


def _answer_only(table: str, columns: tuple[str, ...]) -> str:
    return append_only(table) + f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APP};\n"


GRANTS: Final = (
    "".join(append_only(table) + "\n" for table in APPEND_ONLY)
    + "".join(_answer_only(table, columns) for table, columns in ANSWERED.items())
    + f"REVOKE DELETE, TRUNCATE ON {', '.join(KEPT)} FROM {APP};\n"
)

_STEPS: Final = ", ".join(f"('{old}', '{new}')" for old, allowed in NEXT.items() for new in sorted(allowed))

CREATE_MOVES: Final = f"""
CREATE OR REPLACE FUNCTION fraud_case_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (VALUES {_STEPS}) THEN
        RAISE EXCEPTION 'a case cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_moves_along_its_table';
    END IF;
    RETURN NEW;
END $$;
"""

# The threshold counts what was reported or what the ledger presumes, whichever is more. No threshold: always two.
# ``disclosure_schema`` makes the first function anew, with the ledgers of merged cases.
CREATE_SECOND_PERSON: Final = f"""
CREATE FUNCTION fraud_case_needs_another(of_case fraud_fraudcase) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN of_case.outcome = '{CaseOutcome.FRAUD}' THEN '{ApprovalSubject.FRAUD}'
        WHEN of_case.outcome = '{CaseOutcome.NO_FOLLOW_UP}' AND greatest(
                of_case.amount_at_stake,
                (SELECT sum(amount) FROM fraud_caseamount WHERE case_id = of_case.id AND kind = 'presumed')
            ) >= coalesce((
                SELECT value FROM fraud_caseparameter,
                    LATERAL (SELECT (now() AT TIME ZONE 'Europe/Paris')::date AS day) today
                WHERE code = '{ParameterCode.CLOSE_ALONE}' AND valid_from <= day
                  AND (valid_to IS NULL OR valid_to >= day)
                ORDER BY valid_from DESC LIMIT 1
            ), 0) THEN '{ApprovalSubject.NO_FOLLOW_UP}'
    END
$$;

CREATE FUNCTION fraud_case_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text;
BEGIN
    IF NEW.outcome = '' OR (TG_OP = 'UPDATE' AND NEW.outcome = OLD.outcome) THEN
        RETURN NEW;
    END IF;
    wanted := fraud_case_needs_another(NEW);
    IF wanted IS NOT NULL AND NOT EXISTS (
        SELECT FROM fraud_caseapproval a
        WHERE a.case_id = NEW.id AND a.subject = wanted AND a.approved_at > coalesce(NEW.reopened_at, '-infinity')
    ) THEN
        RAISE EXCEPTION 'this outcome needs a second person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_outcome_by_two';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION fraud_step_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind IN ({", ".join(f"'{kind}'" for kind in SANCTIONS)}) AND NOT EXISTS (
        SELECT FROM fraud_caseapproval a
        WHERE a.case_id = NEW.case_id AND a.subject = '{ApprovalSubject.SANCTION}' AND a.step_kind = NEW.kind
          AND a.approved_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'this sanction needs a second person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_sanction_by_two';
    END IF;
    RETURN NEW;
END $$;
"""

_TRIGGERS: Final = """
CREATE TRIGGER case_moves BEFORE UPDATE OF status ON fraud_fraudcase
    FOR EACH ROW EXECUTE FUNCTION fraud_case_moves();
CREATE TRIGGER case_second_person BEFORE INSERT OR UPDATE OF outcome ON fraud_fraudcase
    FOR EACH ROW EXECUTE FUNCTION fraud_case_second_person();
CREATE TRIGGER step_second_person BEFORE INSERT ON fraud_casestep
    FOR EACH ROW EXECUTE FUNCTION fraud_step_second_person();
"""

CREATE: Final = GRANTS + CREATE_MOVES + CREATE_SECOND_PERSON + _TRIGGERS
DROP: Final = """
DROP TRIGGER step_second_person ON fraud_casestep;
DROP TRIGGER case_second_person ON fraud_fraudcase;
DROP TRIGGER case_moves ON fraud_fraudcase;
DROP FUNCTION fraud_step_second_person(), fraud_case_second_person(), fraud_case_moves();
DROP FUNCTION fraud_case_needs_another(fraud_fraudcase);
"""
