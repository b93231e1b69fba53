"""The timeline of cases in the sealed chain of the access log.

Each event leaves its fingerprint in the log, in the same transaction, by a trigger: no event can be written without
it. The log is sealed every minute (``accounts.access.sealing``), so an event that was changed, removed or slipped in
afterwards no longer agrees with what was sealed. ``verify_audit`` says whether the log itself is whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ameli_notify.core.sql import fetch_all

KIND: Final = "fraud.caseevent"

CREATE: Final = f"""
CREATE FUNCTION fraud_case_event_digest(event fraud_caseevent) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        event.id, event.case_id, extract(epoch FROM event.at), event.actor_id, event.kind, event.before, event.after
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION fraud_case_event_witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_accesslog (at, actor_id, actor_role, action, object_kind, object_id, reason)
    VALUES (now(), coalesce(NEW.actor_id, 0), '', 'change', '{KIND}', fraud_case_event_digest(NEW), NEW.id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER case_event_witness AFTER INSERT ON fraud_caseevent
    FOR EACH ROW EXECUTE FUNCTION fraud_case_event_witness();
"""
DROP: Final = """
DROP TRIGGER case_event_witness ON fraud_caseevent;
DROP FUNCTION fraud_case_event_witness(), fraud_case_event_digest(fraud_caseevent);
"""

_COMPARE: Final = f"""
SELECT coalesce(event.id, log.reason::bigint), event.id IS NULL, log.reason IS NULL
FROM fraud_caseevent event
FULL JOIN (SELECT * FROM accounts_accesslog WHERE object_kind = '{KIND}') log ON log.reason = event.id::text
WHERE event.id IS NULL OR log.reason IS NULL OR log.object_id <> fraud_case_event_digest(event)
ORDER BY 1
"""


class EventFlaw(StrEnum):
    """What is wrong with an event."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Finding:
    """One event that does not agree with its fingerprint."""

    kind: EventFlaw
    event: int


FLAWS_FR: Final = {
    EventFlaw.CHANGED: "a été modifié",
    EventFlaw.MISSING: "a été supprimé",
    EventFlaw.ADDED: "a été ajouté sans témoin",
}


def told_fr() -> Iterator[str]:
    """What is wrong with the timeline of cases, a sentence each: ``verify_audit`` says it too."""
    for finding in compare():
        yield f"L’événement de dossier {finding.event} {FLAWS_FR[finding.kind]}."


def compare() -> Iterator[Finding]:
    """Every event that was changed, removed, or has no fingerprint, by its id."""
    for event, is_missing, is_added in fetch_all(_COMPARE):
        kind = EventFlaw.MISSING if is_missing else EventFlaw.ADDED if is_added else EventFlaw.CHANGED
        yield Finding(kind, event)
