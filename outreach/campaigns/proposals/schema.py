"""What the database holds of proposals: two people, nothing rewritten, and no campaign that loses its consent."""

from typing import Final

from ameli_notify.core.roles import APP, append_only, hide_from_partner, show_to_partner, tear_down, wall_in
from outreach.campaigns.campaign.schema import CAMPAIGN
from outreach.campaigns.proposals.enums import ProposalStatus

PROPOSAL: Final = "outreach_campaignproposal"
APPROVAL: Final = "outreach_proposalapproval"
PROPOSAL_COLUMNS: Final = (
    "id", "public_id", "partner_id", "name", "purpose", "rationale", "starts_on", "ends_on", "min_age", "max_age",
    "status", "refusal", "campaign_id", "proposed_at", "decided_at",
)  # fmt: skip
CAMPAIGN_COLUMNS: Final = ("id", "status")

_GRANTS: Final = (
    append_only(PROPOSAL)
    + f"GRANT UPDATE (status, refusal, campaign_id, decided_at, decided_by_id) ON {PROPOSAL} TO {APP};"
    + append_only(APPROVAL)
)
_BY_TWO: Final = f"""
CREATE FUNCTION outreach_proposal_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> '{ProposalStatus.PROPOSED}' THEN
        RAISE EXCEPTION 'a decided proposal stays decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_decided_once';
    END IF;
    IF NEW.status = '{ProposalStatus.ACCEPTED}' AND (
        SELECT count(DISTINCT approved_by_id) FROM {APPROVAL} WHERE proposal_id = NEW.id
    ) < 2 THEN
        RAISE EXCEPTION 'a proposal needs two people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_accepted_by_two';
    END IF;
    IF NEW.campaign_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM {CAMPAIGN} c
        WHERE c.id = NEW.campaign_id AND (c.criteria ->> 'consented_to')::bigint = NEW.partner_id
    ) THEN
        RAISE EXCEPTION 'a joint campaign asks for the consent of its people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_keeps_its_consent';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER proposal_by_two BEFORE UPDATE ON {PROPOSAL}
    FOR EACH ROW EXECUTE FUNCTION outreach_proposal_by_two();
"""
_CONSENT: Final = f"""
CREATE FUNCTION outreach_campaign_keeps_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM {PROPOSAL} p
        WHERE p.campaign_id = NEW.id AND p.partner_id IS DISTINCT FROM (NEW.criteria ->> 'consented_to')::bigint
    ) THEN
        RAISE EXCEPTION 'a joint campaign asks for the consent of its people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_keeps_its_consent';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER campaign_keeps_consent BEFORE UPDATE OF criteria ON {CAMPAIGN}
    FOR EACH ROW EXECUTE FUNCTION outreach_campaign_keeps_consent();
"""
_WALLS: Final = (
    wall_in(PROPOSAL, CAMPAIGN)
    + show_to_partner(PROPOSAL, PROPOSAL_COLUMNS, rows="partner_id = core_partner_id()")
    # Behind the wall of proposals: the partner's own.
    + show_to_partner(
        CAMPAIGN, CAMPAIGN_COLUMNS, rows=f"EXISTS (SELECT FROM {PROPOSAL} p WHERE p.campaign_id = {CAMPAIGN}.id)"
    )
)

CREATE: Final = _GRANTS + _BY_TWO + _CONSENT + _WALLS
DROP: Final = (
    hide_from_partner(CAMPAIGN, PROPOSAL)
    + tear_down(PROPOSAL, CAMPAIGN)
    + f"DROP TRIGGER campaign_keeps_consent ON {CAMPAIGN}; DROP TRIGGER proposal_by_two ON {PROPOSAL};"
    + "DROP FUNCTION outreach_campaign_keeps_consent(), outreach_proposal_by_two();"
)
