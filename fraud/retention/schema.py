"""Functions that delete what is past its term, owned by the owner of the tables.

The application may delete neither a sent report nor its timeline, and it stays so: it may only *call* these. They
take no row and no date from their caller, only how many at most, and judge by instants that the application can add
to but never move back: those of the timelines and of the messages. The dated figures say how many years; below
FLOORS nothing goes, whatever a figure says, and without a figure everything stays.
"""

from typing import Final

from ameli_notify.core.roles import APP
from fraud.cases.enums import CaseStatus, ParameterCode
from fraud.conversations.enums import ConversationStatus
from fraud.intake.enums import ReportStatus

FLOORS: Final = {ParameterCode.KEEP_REPORT: 2, ParameterCode.KEEP_LEGAL: 5, ParameterCode.KEEP_TALK: 1}
"""Years; a figure below them counts as this many."""
FUNCTIONS: Final = ("fraud_forget_contents", "fraud_forget_reports", "fraud_forget_cases", "fraud_forget_talks")
"""What the application may call, in the order in which it is called. Each returns how many rows it was about."""

_TERMS: Final = " ".join(f"WHEN '{code}' THEN {years}" for code, years in FLOORS.items())

_KEPT: Final = f"""
CREATE FUNCTION fraud_kept(wanted text) RETURNS interval LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT make_interval(years => greatest(CASE wanted {_TERMS} END, ceil(value)::integer))
    FROM fraud_caseparameter, LATERAL (SELECT (now() AT TIME ZONE 'Europe/Paris')::date AS day) today
    WHERE code = wanted AND valid_from <= day AND (valid_to IS NULL OR valid_to >= day)
    ORDER BY valid_from DESC LIMIT 1
$$;
"""
# A merged case ends with the one that it was merged into. A case with a legal step is kept for the longer term.
_CASE_PAST_TERM: Final = f"""
CREATE FUNCTION fraud_case_past_term(wanted bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    SELECT coalesce((
        SELECT root.status = '{CaseStatus.CLOSED}' AND root.merged_into_id IS NULL AND (
            SELECT max(at) FROM fraud_caseevent WHERE case_id IN (own.id, root.id)
        ) < now() - CASE
            WHEN EXISTS (SELECT FROM fraud_casestep WHERE case_id IN (own.id, root.id))
            THEN fraud_kept('{ParameterCode.KEEP_LEGAL}') ELSE fraud_kept('{ParameterCode.KEEP_REPORT}')
        END
        FROM fraud_fraudcase own JOIN fraud_fraudcase root ON root.id = coalesce(own.merged_into_id, own.id)
        WHERE own.id = wanted
    ), false)
$$;
"""
# The ends that the application writes are a first, cheap sieve; the timeline decides. Of a report whose author's
# identity was asked for or lifted nothing goes by itself.
_REPORTS_PAST_TERM: Final = f"""
CREATE FUNCTION fraud_reports_past_term(most integer) RETURNS SETOF bigint LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    SELECT report.id FROM fraud_fraudreport report
    WHERE report.status IN ('{ReportStatus.CLOSED}', '{ReportStatus.WITHDRAWN}')
      AND coalesce(report.closed_at, report.withdrawn_at) < now() - fraud_kept('{ParameterCode.KEEP_REPORT}')
      AND (SELECT max(at) FROM fraud_reportevent WHERE report_id = report.id)
          < now() - fraud_kept('{ParameterCode.KEEP_REPORT}')
      AND NOT EXISTS (
          SELECT FROM fraud_casereport link WHERE link.report_id = report.id AND NOT fraud_case_past_term(link.case_id)
      )
      AND NOT EXISTS (SELECT FROM fraud_caseapproval WHERE report_id = report.id)
      AND NOT EXISTS (SELECT FROM fraud_identitylift WHERE report_id = report.id)
    ORDER BY report.id LIMIT most
$$;
"""
_CONTENTS: Final = """
CREATE FUNCTION fraud_forget_contents(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM fraud_attachmentcontent WHERE attachment_id IN (
        SELECT a.id FROM fraud_reportattachment a JOIN fraud_attachmentcontent c ON c.attachment_id = a.id
        WHERE a.report_id IN (SELECT fraud_reports_past_term(most))
        LIMIT most
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""
_REPORTS: Final = f"""
CREATE FUNCTION fraud_forget_reports(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    -- A report that is being taken up again at this moment is locked: it is passed over, then no longer past its term.
    SELECT array_agg(id) INTO ids FROM (
        SELECT id FROM fraud_fraudreport
        WHERE id IN (SELECT fraud_reports_past_term(most))
          AND status IN ('{ReportStatus.CLOSED}', '{ReportStatus.WITHDRAWN}')
        ORDER BY id FOR UPDATE SKIP LOCKED
    ) due;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    DELETE FROM fraud_attachmentcontent
        WHERE attachment_id IN (SELECT id FROM fraud_reportattachment WHERE report_id = ANY (ids));
    DELETE FROM fraud_reportattachment WHERE report_id = ANY (ids);
    DELETE FROM fraud_reportmessage WHERE report_id = ANY (ids);
    DELETE FROM fraud_reportevent WHERE report_id = ANY (ids);
    DELETE FROM fraud_caseline
        WHERE reported_line_id IN (SELECT id FROM fraud_reportedline WHERE report_id = ANY (ids));
    DELETE FROM fraud_reportedline WHERE report_id = ANY (ids);
    DELETE FROM fraud_casereport WHERE report_id = ANY (ids);
    UPDATE fraud_fraudreport SET joins_id = NULL WHERE joins_id = ANY (ids);
    UPDATE fraud_conversation SET report_id = NULL WHERE report_id = ANY (ids);
    DELETE FROM fraud_fraudreport WHERE id = ANY (ids);
    RETURN cardinality(ids);
END $$;
"""
# What stays of a case counts and dates: its number, states, amounts, steps, events. Who and what was written goes.
_CASES: Final = """
CREATE FUNCTION fraud_forget_cases(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
    rights bigint[];
BEGIN
    SELECT array_agg(id) INTO ids FROM (
        SELECT c.id FROM fraud_fraudcase c
        WHERE (c.performer_rpps IS NOT NULL OR c.performer_finess <> ''
               OR EXISTS (SELECT FROM fraud_casenote WHERE case_id = c.id)
               OR EXISTS (SELECT FROM fraud_caseletter WHERE case_id = c.id)
               OR EXISTS (SELECT FROM fraud_rightofreply WHERE case_id = c.id))
          AND NOT EXISTS (SELECT FROM fraud_casereport WHERE case_id = c.id)
          AND fraud_case_past_term(c.id)
        ORDER BY c.id LIMIT most FOR UPDATE SKIP LOCKED
    ) due;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    SELECT coalesce(array_agg(id), '{}') INTO rights FROM fraud_rightofreply WHERE case_id = ANY (ids);
    DELETE FROM fraud_replydocument WHERE right_id = ANY (rights);
    DELETE FROM fraud_replymessage WHERE right_id = ANY (rights);
    DELETE FROM fraud_replyline WHERE right_id = ANY (rights);
    DELETE FROM fraud_rightofreply WHERE id = ANY (rights);
    DELETE FROM fraud_caseletter WHERE case_id = ANY (ids);
    DELETE FROM fraud_casenote WHERE case_id = ANY (ids);
    UPDATE fraud_fraudcase SET performer_rpps = NULL, performer_finess = '' WHERE id = ANY (ids);
    RETURN cardinality(ids);
END $$;
"""
_TALKS: Final = f"""
CREATE FUNCTION fraud_forget_talks(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(id) INTO ids FROM (
        SELECT talk.id FROM fraud_conversation talk
        WHERE talk.status = '{ConversationStatus.CLOSED}'
          AND talk.closed_at < now() - fraud_kept('{ParameterCode.KEEP_TALK}')
          AND (SELECT max(written_at) FROM fraud_conversationmessage WHERE conversation_id = talk.id)
              < now() - fraud_kept('{ParameterCode.KEEP_TALK}')
        ORDER BY talk.id LIMIT most FOR UPDATE SKIP LOCKED
    ) due;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    DELETE FROM fraud_conversationmessage WHERE conversation_id = ANY (ids);
    DELETE FROM fraud_conversationtransfer WHERE conversation_id = ANY (ids);
    DELETE FROM fraud_conversation WHERE id = ANY (ids);
    RETURN cardinality(ids);
END $$;
"""
_INNER: Final = ("fraud_kept(text)", "fraud_case_past_term(bigint)", "fraud_reports_past_term(integer)")
_OUTER: Final = tuple(f"{name}(integer)" for name in FUNCTIONS)

CREATE: Final = (
    _KEPT + _CASE_PAST_TERM + _REPORTS_PAST_TERM + _CONTENTS + _REPORTS + _CASES + _TALKS
    + f"REVOKE ALL ON FUNCTION {', '.join((*_INNER, *_OUTER))} FROM PUBLIC;"
    + f"GRANT EXECUTE ON FUNCTION {', '.join(_OUTER)} TO {APP};"
)  # fmt: skip
DROP: Final = f"DROP FUNCTION {', '.join((*_OUTER, *reversed(_INNER)))};"
