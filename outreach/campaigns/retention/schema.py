"""Functions that delete what is past its term, owned by the owner of the tables (ADR 0024).

The application may neither change nor delete a call, and it stays so: it may only *call* these. They take no row and no
date, only how many at most, and judge by what the application cannot move back: the end of a call, the last event of a
campaign that is closed. Without a figure in force everything stays.
"""

from typing import Final

from ameli_notify.core.roles import APP
from outreach.campaigns.appointments.walls import OBSTACLE
from outreach.campaigns.prevention.schema import CAMPAIGN as PREVENTION
from outreach.campaigns.prevention.schema import PERSON
from outreach.campaigns.quality.walls import REVIEW
from outreach.campaigns.retention.models import TermCode
from outreach.campaigns.walls import ATTEMPT, CLAIM, DRAFT, TASK

FLOORS: Final = {TermCode.NOTE: 1, TermCode.ATTEMPT: 6, TermCode.PERSON: 3, TermCode.OBSTACLE: 1}
"""Months; a figure below them counts as this many."""
_FIRST: Final = (
    "outreach_forget_call_notes", "outreach_forget_call_attempts", "outreach_forget_call_people",
    "outreach_forget_prevention_people",
)  # fmt: skip
_OBSTACLES: Final = "outreach_forget_call_obstacles"
FUNCTIONS: Final = (*_FIRST, _OBSTACLES)
"""What the application may call, in this order. Each returns how many rows it was about."""

_FLOORS: Final = " ".join(f"WHEN '{code}' THEN {months}" for code, months in FLOORS.items())
_DEFINER: Final = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"

_KEPT: Final = f"""
CREATE OR REPLACE FUNCTION outreach_call_kept(wanted text) RETURNS interval LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    SELECT make_interval(months => greatest(CASE wanted {_FLOORS} END, months::integer))
    FROM outreach_callterm, LATERAL (SELECT (now() AT TIME ZONE 'Europe/Paris')::date AS day) today
    WHERE code = wanted AND valid_from <= day AND (valid_to IS NULL OR valid_to >= day)
    ORDER BY valid_from DESC LIMIT 1
$$;
"""
_ENDED: Final = """
CREATE FUNCTION outreach_campaign_ended_at(wanted bigint) RETURNS timestamptz LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    SELECT (SELECT max(at) FROM outreach_campaignevent WHERE campaign_id = c.id)
    FROM outreach_callcampaign c WHERE c.id = wanted AND c.status = 'closed'
$$;
"""
# A note, and what a reviewer wrote about the call; notes that no result took up go by the day they were written.
_NOTES: Final = f"""
CREATE FUNCTION outreach_forget_call_notes(most integer) RETURNS integer {_DEFINER} AS $$
DECLARE
    gone integer;
    more integer;
BEGIN
    WITH due AS (
        SELECT id FROM {ATTEMPT}
        WHERE note_sealed IS NOT NULL AND ended_at < now() - outreach_call_kept('{TermCode.NOTE}')
        ORDER BY ended_at LIMIT most FOR UPDATE SKIP LOCKED
    ), told AS (
        UPDATE {REVIEW} r SET advice_sealed = NULL FROM due WHERE r.attempt_id = due.id
    )
    UPDATE {ATTEMPT} a SET note_sealed = NULL FROM due WHERE a.id = due.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM {DRAFT} WHERE id IN (
        SELECT id FROM {DRAFT} WHERE written_at < now() - outreach_call_kept('{TermCode.NOTE}')
        LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN greatest(gone, more);
END $$;
"""
# Of a closed campaign's calls stay the hours and days that were counted of them, and the marks of their reviews.
_ATTEMPTS: Final = f"""
CREATE FUNCTION outreach_forget_call_attempts(most integer) RETURNS integer {_DEFINER} AS $$
DECLARE
    ids bigint[];
    tokens uuid[];
BEGIN
    SELECT array_agg(id), array_agg(claim_id) INTO ids, tokens FROM (
        SELECT a.id, a.claim_id FROM {ATTEMPT} a JOIN {TASK} t ON t.id = a.task_id
        WHERE a.ended_at < now() - outreach_call_kept('{TermCode.ATTEMPT}')
          AND outreach_campaign_ended_at(t.campaign_id) IS NOT NULL
        ORDER BY a.ended_at LIMIT most FOR UPDATE OF a SKIP LOCKED
    ) due;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE {REVIEW} SET attempt_id = NULL, advice_sealed = NULL WHERE attempt_id = ANY (ids);
    DELETE FROM outreach_callobstacle WHERE attempt_id = ANY (ids);
    DELETE FROM {DRAFT} WHERE claim_id = ANY (tokens);
    DELETE FROM {ATTEMPT} WHERE id = ANY (ids);
    DELETE FROM {CLAIM} WHERE token = ANY (tokens);
    RETURN cardinality(ids);
END $$;
"""
_PEOPLE: Final = f"""
CREATE FUNCTION outreach_forget_call_people(most integer) RETURNS integer {_DEFINER} AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(id) INTO ids FROM (
        SELECT t.id FROM {TASK} t
        WHERE t.campaign_id IN (
            SELECT id FROM outreach_callcampaign
            WHERE outreach_campaign_ended_at(id) < now() - outreach_call_kept('{TermCode.PERSON}')
        ) AND NOT EXISTS (SELECT FROM {ATTEMPT} a WHERE a.task_id = t.id)
          AND NOT EXISTS (SELECT FROM {CLAIM} c WHERE c.task_id = t.id AND c.ended_at IS NULL)
        LIMIT most FOR UPDATE OF t SKIP LOCKED
    ) due;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    DELETE FROM {DRAFT} WHERE claim_id IN (SELECT token FROM {CLAIM} WHERE task_id = ANY (ids));
    DELETE FROM {CLAIM} WHERE task_id = ANY (ids);
    DELETE FROM {TASK} WHERE id = ANY (ids);
    RETURN cardinality(ids);
END $$;
"""
# The arms are needed until the effect is counted. A campaign that was closed before it was launched wrote to nobody.
_PREVENTION: Final = f"""
CREATE FUNCTION outreach_forget_prevention_people(most integer) RETURNS integer {_DEFINER} AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM {PERSON} WHERE id IN (
        SELECT i.id FROM {PERSON} i
        WHERE i.campaign_id IN (
            SELECT id FROM {PREVENTION}
            WHERE status = 'closed' AND (launched_on IS NULL OR effect_counted_at IS NOT NULL)
              AND coalesce(effect_counted_at, closed_at) < now() - outreach_call_kept('{TermCode.PERSON}')
        )
        LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""
# By the call in which they were said, whether its campaign is closed or not; the call itself may stay longer.
_FORGET_OBSTACLES: Final = f"""
CREATE FUNCTION {_OBSTACLES}(most integer) RETURNS integer {_DEFINER} AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM {OBSTACLE} WHERE id IN (
        SELECT o.id FROM {OBSTACLE} o JOIN {ATTEMPT} a ON a.id = o.attempt_id
        WHERE a.ended_at < now() - outreach_call_kept('{TermCode.OBSTACLE}')
        LIMIT most FOR UPDATE OF o SKIP LOCKED
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""
_INNER: Final = ("outreach_call_kept(text)", "outreach_campaign_ended_at(bigint)")
_OUTER: Final = tuple(f"{name}(integer)" for name in _FIRST)

CREATE: Final = (
    _KEPT + _ENDED + _NOTES + _ATTEMPTS + _PEOPLE + _PREVENTION
    + f"REVOKE ALL ON FUNCTION {', '.join((*_INNER, *_OUTER))} FROM PUBLIC;"
    + f"GRANT EXECUTE ON FUNCTION {', '.join(_OUTER)} TO {APP};"
)  # fmt: skip
DROP: Final = f"DROP FUNCTION {', '.join((*_OUTER, *reversed(_INNER)))};"
CREATE_OBSTACLES: Final = (
    _KEPT  # again, with the floor of obstacles
    + _FORGET_OBSTACLES
    + f"REVOKE ALL ON FUNCTION {_OBSTACLES}(integer) FROM PUBLIC;"
    + f"GRANT EXECUTE ON FUNCTION {_OBSTACLES}(integer) TO {APP};"
)
DROP_OBSTACLES: Final = f"DROP FUNCTION {_OBSTACLES}(integer);"
