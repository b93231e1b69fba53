"""Every line that a reader may see, with its codes and in words, for the file of all their data."""

from collections.abc import Iterator

from django.http import HttpRequest

from reimbursements.explanations.facts import facts_of
from reimbursements.explanations.lines import Viewer
from reimbursements.explanations.loading import book_for_acts, secret_natures
from reimbursements.payments.access import reader, reader_of
from reimbursements.payments.forms import beneficiary_label
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import all_lines, beneficiaries_of, visible_lines
from reimbursements.payments.statements import title_of


def payment_records(request: HttpRequest) -> Iterator[dict[str, object]]:
    """One record a line, the latest payment first; amounts and rates as decimal texts, days as AAAA-MM-JJ.

    The rules of sight are those of « Mes paiements »: no confidential line of anybody else.
    """
    who = reader_of(request)
    secret = secret_natures(today=who.today)
    with reader(request):
        lines = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        names = {one.person_id: beneficiary_label(one, who=who) for one in beneficiaries_of(lines)}
        acts = list(lines.order_by().values_list("act_system", "act_code").distinct())
        book = book_for_acts(acts, today=who.today)
        viewer = Viewer(person_id=who.person_id)
        for statement_no, line in all_lines(lines):
            facts = facts_of(line, book, viewer=viewer)
            yield {
                "date_du_paiement": line.payment_date,
                "numero_de_decompte": statement_no,
                "numero_de_ligne": line.line_no,
                "beneficiaire": names.get(line.beneficiary_id, ""),
                "debut_des_soins": line.care_start,
                "fin_des_soins": line.care_end,
                "soins": title_of(facts),
                "nature_code": line.nature_code,
                "acte_nomenclature": line.act_system,
                "acte_code": line.act_code,
                "quantite": line.quantity,
                "operation": line.operation,
                "type_de_remboursement": line.rem_type,
                "payeur": facts.payer_name,
                "montant_de_l_acte": line.amount_charged,
                "base_de_remboursement": line.base_amount,
                "taux_pct": line.rate_pct,
                "depassement": line.excess_amount,
                "montant_verse": line.amount_paid,
                "part_complementaire": line.amc_amount,
                "motif_d_exoneration": line.exemption_reason,
                "parcours_de_soins": line.care_path,
                "nature_d_assurance": line.insurance_nature,
                "confidentiel": line.is_confidential,
                "paye_a": facts.payee.name,
            }
