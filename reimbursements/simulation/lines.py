"""A claim as it stands in a DEC file: who, when, by whom, how it is paid; and its lines of 46 columns."""

from dataclasses import dataclass
from typing import Final

_HEADER: Final = (
    "format_version;emitter_code;flow_date;statement_no;line_no;rem_type;op;insured_nir;beneficiary_nir;"
    "beneficiary_birth_date;birth_rank;beneficiary_quality;care_start;care_end;prescription_date;payment_date;"
    "nature_code;key_letter;act_system;act_code;quantity;coefficient;amount_charged;base;rate_pct;amount_paid;"
    "amount_excess;exemption_reason;copay_modulation;care_path;insurance_nature;confidential;exec_am_no;exec_rpps;"
    "exec_specialty;exec_finess;prescriber_rpps;payee;payment_mode;settlement_ref;amc_code;amc_amount;"
    "amc_transmitted;card_mode;care_place;payee_account"
)
LINE_COLUMNS: Final = tuple(_HEADER.split(";"))

AT: Final = {name: index for index, name in enumerate(LINE_COLUMNS)}
DUE: Final = "DUE"


@dataclass(slots=True)
class Line:
    """One line of a claim; amounts in cents, rate in percent."""

    nature: str
    key: str
    system: str
    code: str
    charged: int
    base: int
    rate: int
    paid: int
    excess: int = 0
    quantity: str = "1"
    coefficient: str = "1.00"
    rem_type: str = "0"
    is_due: bool = False


@dataclass(slots=True)
class Claim:
    """What the lines of one statement share. Dates are AAAAMMJJ. ``person`` is the insured's index."""

    person: int
    insured_nir: str
    beneficiary_nir: str
    beneficiary_birth: str
    quality: str
    care_start: str
    prescribed_on: str
    performer: str
    prescriber: str
    payee: str
    amc: str
    card_mode: str
    place: str
    account: str
    lines: list[Line]
    exemption: str = "0"
    care_path: str = "1"
    insurance: str = "10"
    is_confidential: bool = False
    operation: str = "C"


def cents(amount: int) -> str:
    """Euros with two decimals and a point; the sign stands even below one euro."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def share(base: int, rate: int) -> int:
    """``rate`` percent of ``base``, rounded half up to the cent."""
    return (base * rate + 50) // 100


def render_claim(claim: Claim, *, emitter: str, flow_date: str, statement: int) -> list[str]:
    """The claim's lines without line ends, numbered from 1; parts of other payers keep their line's number."""
    start = f"1;{emitter};{flow_date};{statement}"
    who = (
        f"{claim.operation};{claim.insured_nir};{claim.beneficiary_nir};{claim.beneficiary_birth};1;{claim.quality};"
        f"{claim.care_start};{claim.care_start};{claim.prescribed_on};{flow_date}"
    )
    care = (
        f"{claim.exemption};0;{claim.care_path};{claim.insurance};{'1' if claim.is_confidential else '0'};"
        f"{claim.performer};{claim.prescriber};{claim.payee};1"
    )
    end = f"{claim.amc};0.00;{'1' if claim.amc else '0'};{claim.card_mode};{claim.place};{claim.account}"
    reference = f"V{flow_date}{statement:07d}"
    rendered: list[str] = []
    number = 0
    for line in claim.lines:
        if line.rem_type == "0":
            number += 1
        rendered.append(
            f"{start};{number};{line.rem_type};{who};{line.nature};{line.key};{line.system};{line.code};"
            f"{line.quantity};{line.coefficient};{cents(line.charged)};{cents(line.base)};{line.rate}.00;"
            f"{cents(line.paid)};{cents(line.excess)};{care};{DUE if line.is_due else reference};{end}"
        )
    return rendered


def changed(row: str, **values: str) -> str:
    """The row with some columns replaced (no column of a line is ever quoted)."""
    cells = row.split(";")
    for name, value in values.items():
        cells[AT[name]] = value
    return ";".join(cells)
