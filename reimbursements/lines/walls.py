"""Which lines an insured person may read, and what beside them.

A line shows to its policyholder and to its beneficiary; a confidential one to its beneficiary alone, once of age.
"""

from typing import Final

from accounts.access.walls import IS_ADULT
from ameli_notify.core.roles import INSURED, hide_all, show_all, show_own, tear_down, wall_in
from reimbursements.lines.schema import TABLE

# All but the fingerprint of the account that was paid, which only detection compares.
LINE_COLUMNS: Final = (
    "id", "insured_id", "beneficiary_id", "payment_date", "batch_id", "emitter_code", "statement_no", "line_no",
    "rem_type", "operation", "beneficiary_quality", "care_start", "care_end", "prescription_date", "nature_code",
    "key_letter", "act_system", "act_code", "quantity", "coefficient", "amount_charged", "base_amount", "rate_pct",
    "amount_paid", "excess_amount", "exemption_reason", "copay_modulation", "care_path", "insurance_nature",
    "is_confidential", "performer_am_no", "performer_rpps", "performer_specialty", "performer_finess",
    "prescriber_rpps", "payee", "payment_mode", "settlement_ref", "amc_code", "amc_amount", "is_amc_transmitted",
    "card_mode", "care_place",
)  # fmt: skip

PROFESSIONAL: Final = "reimbursements_healthprofessional"
PROFESSIONAL_COLUMNS: Final = ("id", "rpps", "last_name", "first_name")
REFERENCE: Final = (
    "reimbursements_actreference", "reimbursements_carepath", "reimbursements_conditionreference",
    "reimbursements_copayrule", "reimbursements_exemptionreason", "reimbursements_healthfund",
    "reimbursements_insurancenature", "reimbursements_naturereference", "reimbursements_payeereference",
    "reimbursements_specialty",
)  # fmt: skip

# Two arms with an index each: the primary key, and line_by_beneficiary with its condition word for word. The
# sub-select is asked once a query, not once a row.
_ROWS: Final = f"""
    (insured_id = core_insured_id()
     AND (NOT is_confidential OR (beneficiary_id = core_insured_id() AND (SELECT {IS_ADULT}))))
    OR (beneficiary_id = core_insured_id() AND beneficiary_id <> insured_id
        AND (NOT is_confidential OR (SELECT {IS_ADULT})))
"""

CREATE: Final = (
    wall_in(TABLE)
    + show_own(TABLE, LINE_COLUMNS, rows=_ROWS)
    + show_all(PROFESSIONAL, PROFESSIONAL_COLUMNS)
    + f"GRANT SELECT ON {', '.join(REFERENCE)} TO {INSURED};"
)
DROP: Final = hide_all(PROFESSIONAL, *REFERENCE) + tear_down(TABLE)
