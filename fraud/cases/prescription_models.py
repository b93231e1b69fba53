"""From when the prescription of a case runs: written by the database alone, whatever way its reports come and go."""

from typing import Final

from django.db import models

from ameli_notify.core.roles import APP
from fraud.cases.models import FraudCase


class CasePrescription(models.Model):
    """The oldest payment and the oldest care among the lines of the reports that a case has now."""

    case = models.OneToOneField(
        FraudCase, models.CASCADE, primary_key=True, related_name="prescription", verbose_name="dossier"
    )
    oldest_payment_on = models.DateField("paiement le plus ancien")
    oldest_care_on = models.DateField("soin le plus ancien")

    class Meta:
        verbose_name = "prescription d’un dossier"
        verbose_name_plural = "prescriptions des dossiers"
        indexes = [
            models.Index(fields=["oldest_payment_on"], name="case_oldest_payment"),
            models.Index(fields=["oldest_care_on"], name="case_oldest_care"),
        ]

    def __str__(self) -> str:
        return f"prescription {self.pk}"


# The owner's function writes what the application may only read; two at once about a case take their turn, and each
# statement sees what was committed before it. A report that is in no case changes nothing.
CREATE: Final = f"""
CREATE FUNCTION fraud_refresh_prescription(of_case bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('fraud_caseprescription', of_case));
    DELETE FROM fraud_caseprescription WHERE case_id = of_case;
    INSERT INTO fraud_caseprescription (case_id, oldest_payment_on, oldest_care_on)
    SELECT link.case_id, min(line.payment_date), min(line.care_start)
    FROM fraud_casereport link JOIN fraud_reportedline line ON line.report_id = link.report_id
    WHERE link.case_id = of_case AND link.unlinked_at IS NULL GROUP BY link.case_id;
$$;

CREATE FUNCTION fraud_link_prescription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fraud_refresh_prescription(NEW.case_id);
    RETURN NULL;
END $$;

CREATE FUNCTION fraud_line_prescription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fraud_refresh_prescription(link.case_id) FROM fraud_casereport link
    WHERE link.report_id = NEW.report_id AND link.unlinked_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER link_prescription AFTER INSERT OR UPDATE OF unlinked_at ON fraud_casereport
    FOR EACH ROW EXECUTE FUNCTION fraud_link_prescription();
CREATE TRIGGER line_prescription AFTER INSERT OR UPDATE OF report_id, payment_date, care_start ON fraud_reportedline
    FOR EACH ROW EXECUTE FUNCTION fraud_line_prescription();

SELECT fraud_refresh_prescription(case_id) FROM (
    SELECT DISTINCT case_id FROM fraud_casereport WHERE unlinked_at IS NULL
) now;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON fraud_caseprescription FROM {APP};
REVOKE ALL ON FUNCTION fraud_refresh_prescription(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fraud_refresh_prescription(bigint) TO {APP};
"""
DROP: Final = """
DROP TRIGGER line_prescription ON fraud_reportedline;
DROP TRIGGER link_prescription ON fraud_casereport;
DROP FUNCTION fraud_line_prescription(), fraud_link_prescription(), fraud_refresh_prescription(bigint);
"""
