"""What the database itself holds of prevention: steps, the definition and the arms that stay, the two people, walls.

The table of steps is ``enums.NEXT``: whoever changes it writes a migration that runs ``CREATE_RULES`` anew.
"""

from typing import Final

from accounts.access.walls import OWN
from ameli_notify.core.roles import APP, append_only, show_own, tear_down, wall_in
from outreach.campaigns.prevention.enums import NEXT, Arm, PreventionStatus

CAMPAIGN: Final = "outreach_preventioncampaign"
APPROVAL: Final = "outreach_preventionapproval"
PERSON: Final = "outreach_preventionperson"
DEFINITION: Final = (
    "name", "legal_basis", "bands", "funds", "months_without_visit", "without_doctor", "means", "control_share",
)  # fmt: skip
"""What two people approve."""
OWN_COLUMNS: Final = {PERSON: ("insured_id", "band", "invited_at")}
"""An invitation is shown to whom it was posted; who is compared with is told nothing, and not shown as such."""

_STEPS: Final = ", ".join(f"('{old}', '{new}')" for old, allowed in NEXT.items() for new in sorted(allowed))
_OLD: Final = ", ".join(f"OLD.{column}" for column in DEFINITION)
_NEW: Final = ", ".join(f"NEW.{column}" for column in DEFINITION)

CREATE_RULES: Final = f"""
CREATE OR REPLACE FUNCTION outreach_prevention_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> '{PreventionStatus.DRAFT}' THEN
            RAISE EXCEPTION 'a campaign begins as a draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_moves_along_its_table';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (VALUES {_STEPS}) THEN
        RAISE EXCEPTION 'a campaign cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_moves_along_its_table';
    END IF;
    IF (OLD.status <> '{PreventionStatus.DRAFT}' OR NEW.status <> '{PreventionStatus.DRAFT}')
       AND ({_NEW}) IS DISTINCT FROM ({_OLD}) THEN
        RAISE EXCEPTION 'only a draft can be changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_changed_as_a_draft';
    END IF;
    IF OLD.effect_counted_at IS NOT NULL AND (NEW.effect, NEW.effect_counted_at, NEW.launched_on)
        IS DISTINCT FROM (OLD.effect, OLD.effect_counted_at, OLD.launched_on) THEN
        RAISE EXCEPTION 'an effect is counted once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_effect_counted_once';
    END IF;
    IF NEW.status = '{PreventionStatus.READY}' AND OLD.status <> NEW.status
       AND (SELECT count(DISTINCT approved_by_id) FROM {APPROVAL} WHERE campaign_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'a campaign needs two people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_approved_by_two';
    END IF;
    RETURN NEW;
END $$;
"""
_TRIGGER: Final = f"""
CREATE TRIGGER prevention_rules BEFORE INSERT OR UPDATE ON {CAMPAIGN}
    FOR EACH ROW EXECUTE FUNCTION outreach_prevention_rules();
"""

CREATE: Final = (
    wall_in(PERSON)
    + show_own(PERSON, OWN_COLUMNS[PERSON], rows=f"{OWN} AND arm = '{Arm.INVITED}' AND invited_at IS NOT NULL")
    + append_only(PERSON)
    + append_only(APPROVAL)
    + f"GRANT UPDATE (invited_at) ON {PERSON} TO {APP};"
    + f"REVOKE DELETE, TRUNCATE ON {CAMPAIGN} FROM {APP};\n"
    + CREATE_RULES
    + _TRIGGER
)
DROP: Final = f"""
DROP TRIGGER prevention_rules ON {CAMPAIGN};
DROP FUNCTION outreach_prevention_rules();
""" + tear_down(PERSON)

EVENT: Final = "outreach_preventionevent"
UNLIST: Final = "outreach_unlist_prevention"
# Of what the rules above count, those words that still stand; and the end of a list that is to be made again, which
# the application cannot delete itself (ADR 0024): only of a draft, so that nobody was invited from it.
CREATE_DRAFT_AGAIN: Final = f"""
CREATE FUNCTION outreach_prevention_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = '{PreventionStatus.DRAFT}' AND OLD.status <> NEW.status THEN
        UPDATE {APPROVAL} SET withdrawn_at = now() WHERE campaign_id = NEW.id AND withdrawn_at IS NULL;
    END IF;
    IF NEW.status = '{PreventionStatus.READY}' AND OLD.status <> NEW.status AND (
        SELECT count(DISTINCT approved_by_id) FROM {APPROVAL} WHERE campaign_id = NEW.id AND withdrawn_at IS NULL
    ) < 2 THEN
        RAISE EXCEPTION 'a campaign needs two people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prevention_approved_by_two';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prevention_by_two BEFORE UPDATE OF status ON {CAMPAIGN}
    FOR EACH ROW EXECUTE FUNCTION outreach_prevention_by_two();
CREATE FUNCTION {UNLIST}(wanted bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    PERFORM FROM {CAMPAIGN}
    WHERE id = wanted AND status IN ('{PreventionStatus.DRAFT}', '{PreventionStatus.LISTING}') AND listed_up_to = 0
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    DELETE FROM {PERSON} WHERE id IN (SELECT id FROM {PERSON} WHERE campaign_id = wanted ORDER BY id LIMIT most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION {UNLIST}(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {UNLIST}(bigint, integer) TO {APP};
GRANT UPDATE (withdrawn_at) ON {APPROVAL} TO {APP};
{append_only(EVENT)}
"""
DROP_DRAFT_AGAIN: Final = f"""
DROP FUNCTION {UNLIST}(bigint, integer);
DROP TRIGGER prevention_by_two ON {CAMPAIGN};
DROP FUNCTION outreach_prevention_by_two();
REVOKE UPDATE (withdrawn_at) ON {APPROVAL} FROM {APP};
"""
