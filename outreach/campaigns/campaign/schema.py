"""What the database itself holds of the rules of a campaign: its steps, its definition, the two people.

The table of steps is ``enums.NEXT``: whoever changes it writes a migration that runs ``CREATE_MOVES`` anew.
"""

from typing import Final

from ameli_notify.core.roles import APP, append_only
from outreach.campaigns.campaign.enums import NEXT, CampaignStatus

CAMPAIGN: Final = "outreach_callcampaign"
APPROVAL: Final = "outreach_campaignapproval"
DEFINITION: Final = (
    "name", "purpose", "legal_basis", "starts_on", "ends_on", "script_id", "displayed_number_id", "max_attempts",
    "criteria", "windows", "retry_rules", "quotas",
)  # fmt: skip
"""What two people approve."""

_STEPS: Final = ", ".join(f"('{old}', '{new}')" for old, allowed in NEXT.items() for new in sorted(allowed))
_OLD: Final = ", ".join(f"OLD.{column}" for column in DEFINITION)
_NEW: Final = ", ".join(f"NEW.{column}" for column in DEFINITION)

GRANTS: Final = (
    append_only("outreach_campaignevent")
    + append_only("outreach_callscriptversion")
    + append_only(APPROVAL)
    + f"GRANT UPDATE (withdrawn_at) ON {APPROVAL} TO {APP};"
    + f"REVOKE DELETE, TRUNCATE ON {CAMPAIGN}, outreach_displayednumber FROM {APP};\n"
)

CREATE_MOVES: Final = f"""
CREATE OR REPLACE FUNCTION outreach_campaign_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> '{CampaignStatus.DRAFT}' THEN
            RAISE EXCEPTION 'a campaign begins as a draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_moves_along_its_table';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (VALUES {_STEPS}) THEN
        RAISE EXCEPTION 'a campaign cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_moves_along_its_table';
    END IF;
    IF (OLD.status <> '{CampaignStatus.DRAFT}' OR NEW.status <> '{CampaignStatus.DRAFT}')
       AND ({_NEW}) IS DISTINCT FROM ({_OLD}) THEN
        RAISE EXCEPTION 'only a draft can be changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_changed_as_a_draft';
    END IF;
    RETURN NEW;
END $$;
"""

CREATE_BY_TWO: Final = f"""
CREATE FUNCTION outreach_campaign_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = '{CampaignStatus.DRAFT}' AND OLD.status <> NEW.status THEN
        UPDATE {APPROVAL} SET withdrawn_at = now() WHERE campaign_id = NEW.id AND withdrawn_at IS NULL;
    END IF;
    IF NEW.status = '{CampaignStatus.READY}' AND OLD.status <> NEW.status AND (
        SELECT count(DISTINCT approved_by_id) FROM {APPROVAL}
        WHERE campaign_id = NEW.id AND withdrawn_at IS NULL AND approved_at >= NEW.counted_at
    ) < 2 THEN
        RAISE EXCEPTION 'a campaign needs two people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_approved_by_two';
    END IF;
    RETURN NEW;
END $$;
"""

_TRIGGERS: Final = f"""
CREATE TRIGGER campaign_moves BEFORE INSERT OR UPDATE ON {CAMPAIGN}
    FOR EACH ROW EXECUTE FUNCTION outreach_campaign_moves();
CREATE TRIGGER campaign_by_two BEFORE UPDATE OF status ON {CAMPAIGN}
    FOR EACH ROW EXECUTE FUNCTION outreach_campaign_by_two();
"""

CREATE: Final = GRANTS + CREATE_MOVES + CREATE_BY_TWO + _TRIGGERS
DROP: Final = f"""
DROP TRIGGER campaign_by_two ON {CAMPAIGN};
DROP TRIGGER campaign_moves ON {CAMPAIGN};
DROP FUNCTION outreach_campaign_by_two(), outreach_campaign_moves();
"""
