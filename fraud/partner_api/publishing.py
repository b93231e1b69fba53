"""From reports and consents to the alerts of each mutual. One publisher at a time, by a lock.

What each mutual should know now is compared, whole, with what it was told, so that a late commit, a consent given
or withdrawn, a membership that changed, a report that was closed, withdrawn or forgotten all come by the same way.
Positions are drawn under the lock, and the lock ends with the commit: they become visible in their order.

A report is told where its author speaks of their own care, or of a minor's for whom they gave the consent. Somebody
else's report is told once a case holds one of the member's payments against somebody: before that, to tell it would be
to tell who talked. Either is told once it has a case, so that what the mutual answers has somewhere to go.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from accounts.partners.walls import CONSENT, MEMBER, MEMBERSHIP, is_open
from accounts.partners.webhooks.announcing import announce_many, partners_listening
from accounts.partners.webhooks.enums import EventType
from ameli_notify.core.sql import fetch_one, run
from fraud.intake.enums import ClosingReason, ReportStatus
from fraud.partner_api.enums import AlertKind, AlertSource, AlertStatus
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.schema import ALERT, AMOUNT, POSITION
from reimbursements.partner_api.schema import NATURE

logger = logging.getLogger(__name__)

PUBLISH_LOCK: Final = 0x0A0E1109
"""Advisory lock of the publishers."""
KEEP_REMOVED: Final = dt.timedelta(days=365)
"""How long a mutual can still learn that an alert is gone."""
SORT_MEMORY: Final = "128MB"
"""For one sort of all that is told: on the disk it takes twice as long."""
OTHER: Final = "other"
WANTED: Final = "wanted_alert"
"""What mutuals should know, for the length of a publication."""

_TOLD: Final = f"""
CASE WHEN r.status <> '{ReportStatus.CLOSED}' THEN '{AlertStatus.OPEN}'
     WHEN r.closing_reason = '{ClosingReason.CONFIRMED}' THEN '{AlertStatus.CONFIRMED}'
     WHEN r.closing_reason = '{ClosingReason.CORRECTED}' THEN '{AlertStatus.CORRECTED}'
     ELSE '{AlertStatus.NOT_ESTABLISHED}' END
"""

# What each mutual should know now. Secrecy hides by the mark of the frozen line or by the nature of the care, in
# whichever period that was secret. A table and not a part of the statement below: what it holds cannot be guessed from
# what it is made of, and is compared with every alert there is.
_STAGE: Final = f"""
CREATE TEMPORARY TABLE {WANTED} ON COMMIT DROP AS
WITH nature AS MATERIALIZED (
    SELECT code, family, valid_from, bool_or(is_confidential) OVER (PARTITION BY code) AS is_secret,
        lead(valid_from, 1, 'infinity') OVER (PARTITION BY code ORDER BY valid_from) AS valid_before
    FROM {NATURE}
)
SELECT c.partner_id, c.insured_id, m.public_id AS member_id, l.report_id, {_TOLD} AS status,
    CASE WHEN bool_or(held.is_held) THEN '{AlertSource.CASE}' ELSE '{AlertSource.REPORT}' END AS source,
    r.severity, r.sent_at AS opened_at, sum(l.amount_paid) AS amount_paid,
    jsonb_agg(DISTINCT jsonb_build_object('month', to_char(l.care_start, 'YYYY-MM'),
                                          'act_family', coalesce(nature.family, '{OTHER}'))) AS care,
    EXISTS (SELECT FROM {CONSENT} p WHERE p.partner_id = c.partner_id AND p.insured_id = c.insured_id
            AND p.purpose = 'payments' AND {is_open("p")}) AS has_amount
FROM {CONSENT} c
JOIN {MEMBER} m ON m.partner_id = c.partner_id AND m.insured_id = c.insured_id
JOIN fraud_reportedline l ON l.beneficiary_id = c.insured_id
JOIN fraud_fraudreport r ON r.id = l.report_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM fraud_caseline k WHERE k.reported_line_id = l.id) AS is_held) held
LEFT JOIN nature ON nature.code = l.nature_code AND l.care_start >= nature.valid_from
    AND l.care_start < nature.valid_before
WHERE c.purpose = 'alerts' AND {is_open("c")}
  AND r.status NOT IN ('{ReportStatus.DRAFT}', '{ReportStatus.WITHDRAWN}')
  AND EXISTS (SELECT FROM fraud_casereport link WHERE link.report_id = r.id)
  AND (r.insured_id IN (l.beneficiary_id, c.guardian_id) OR held.is_held)
  AND (l.snapshot ->> 'is_confidential')::boolean IS FALSE
  AND NOT EXISTS (SELECT FROM nature secret WHERE secret.code = l.nature_code AND secret.is_secret)
  AND EXISTS (SELECT FROM {MEMBERSHIP} s WHERE s.insured_id = c.insured_id AND s.partner_id = c.partner_id
              AND s.starts_on <= l.care_start AND (s.ends_on IS NULL OR s.ends_on >= l.care_start))
GROUP BY c.partner_id, c.insured_id, m.public_id, l.report_id, r.id
"""

# New ones, and open ones that closed, are named for those who want to be told of each. What this statement reads of the
# table is as it was before it: that is how it knows what was open.
_PUBLISH: Final = f"""
WITH put AS (
    INSERT INTO {ALERT} AS a (public_id, position, partner_id, insured_id, member_id, report_id, status, kind, source,
        severity, care, has_amount, opened_at, changed_at)
    SELECT gen_random_uuid(), nextval('{POSITION}'), w.partner_id, w.insured_id, w.member_id, w.report_id, w.status,
        '{AlertKind.PAYMENT}', w.source, w.severity, w.care, w.has_amount, w.opened_at, statement_timestamp()
    FROM {WANTED} w
    LEFT JOIN {ALERT} known ON known.partner_id = w.partner_id AND known.report_id = w.report_id
        AND known.insured_id = w.insured_id
    WHERE known.id IS NULL
       OR (known.status, known.source, known.severity, known.care, known.has_amount)
          IS DISTINCT FROM (w.status, w.source, w.severity, w.care, w.has_amount)
    ON CONFLICT (partner_id, report_id, insured_id) DO UPDATE SET
        position = excluded.position, status = excluded.status, source = excluded.source,
        severity = excluded.severity, care = excluded.care, has_amount = excluded.has_amount,
        opened_at = excluded.opened_at, changed_at = excluded.changed_at
    RETURNING a.id, a.position, a.partner_id, a.insured_id, a.report_id, a.has_amount, a.public_id,
        a.status, a.xmax = 0 AS is_new
), closed AS (
    SELECT p.position, p.partner_id, p.public_id::text AS public_id
    FROM put p JOIN {ALERT} before ON before.id = p.id
    WHERE before.status = '{AlertStatus.OPEN}' AND p.status <> '{AlertStatus.OPEN}'
      AND p.partner_id = ANY (%(closed_to)s)
), removed AS (
    UPDATE {ALERT} a SET position = nextval('{POSITION}'), status = '{AlertStatus.REMOVED}', severity = NULL,
        care = '[]', has_amount = false, opened_at = NULL, changed_at = statement_timestamp()
    WHERE a.status <> '{AlertStatus.REMOVED}'
      AND NOT EXISTS (SELECT FROM {WANTED} w WHERE w.partner_id = a.partner_id AND w.report_id = a.report_id
                      AND w.insured_id = a.insured_id)
    RETURNING a.id
), priced AS (
    INSERT INTO {AMOUNT} (alert_id, partner_id, insured_id, amount_paid)
    SELECT p.id, p.partner_id, p.insured_id, w.amount_paid
    FROM put p JOIN {WANTED} w USING (partner_id, report_id, insured_id) WHERE p.has_amount
    ON CONFLICT (alert_id) DO UPDATE SET amount_paid = excluded.amount_paid
), unpriced AS (
    DELETE FROM {AMOUNT} WHERE alert_id IN (SELECT id FROM removed UNION ALL SELECT id FROM put WHERE NOT has_amount)
)
SELECT (SELECT count(*) FROM put), (SELECT count(*) FROM removed),
    ARRAY(SELECT partner_id FROM put WHERE is_new AND partner_id = ANY (%(created_to)s) ORDER BY position),
    ARRAY(SELECT public_id::text FROM put WHERE is_new AND partner_id = ANY (%(created_to)s) ORDER BY position),
    ARRAY(SELECT partner_id FROM closed ORDER BY position), ARRAY(SELECT public_id FROM closed ORDER BY position)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAlerts:
    """How many alerts one run told, anew or changed, and how many it took away."""

    told: int
    removed: int


def publish_alerts() -> PublishedAlerts:
    """Bring what mutuals were told up to date. Safe to repeat, and at once."""
    with transaction.atomic():
        run("SET LOCAL statement_timeout = 0")
        run("SET LOCAL lock_timeout = 0")
        run(f"SET LOCAL work_mem = '{SORT_MEMORY}'")
        run("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])  # alone: what follows sees what the one before told
        run(_STAGE)
        run(f"ANALYZE {WANTED}")
        listeners = {
            "created_to": partners_listening(EventType.ALERT_CREATED),
            "closed_to": partners_listening(EventType.ALERT_CLOSED),
        }
        told, removed, *news = fetch_one(_PUBLISH, listeners) or (0, 0, [], [], [], [])
        _announce(EventType.ALERT_CREATED, *news[:2])
        _announce(EventType.ALERT_CLOSED, *news[2:])
        run(f"DROP TABLE {WANTED}")
    if told or removed:
        logger.info("alerts published to partners", extra={"told": told, "removed": removed})
    return PublishedAlerts(told=told, removed=removed)


def _announce(event_type: EventType, partners: list[int], ids: list[str]) -> None:
    announce_many(event_type, [(partner, {"id": public_id}) for partner, public_id in zip(partners, ids, strict=True)])


def purge_alerts() -> int:
    """Delete alerts that were taken away long ago, with what was answered to them; returns how many."""
    gone = PartnerAlert.objects.filter(status=AlertStatus.REMOVED, changed_at__lt=Now() - KEEP_REMOVED)
    _, by_model = gone.delete()
    return by_model.get(PartnerAlert._meta.label, 0)
