"""What is billed: baskets of acts by profession, in cents, with the statutory rate.

Every nature and act here is in the reference files (a test holds that). Amounts are believable bases, not tariffs.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Act:
    """One billed act. ``base`` in cents for a coefficient of 1, ``rate`` in percent."""

    nature: str
    key: str
    system: str
    code: str
    base: int
    rate: int
    coefficient: str = "1.00"


@dataclass(frozen=True, slots=True)
class Basket:
    """What one visit to a kind of professional bills.

    ``copay``: P participation, M, A, T deductible on medicines, paramedical acts, transport, or nothing.
    ``third_party``: share of the visits paid to the professional. ``category``: of the AM number.
    """

    name: str
    specialty: str
    category: int
    place: str
    copay: str
    third_party: float
    weight: int
    weight_chronic: int
    weight_child: int
    acts: tuple[Act, ...]
    least: int = 1
    most: int = 1
    excess_share: float = 0.0
    has_prescriber: bool = False
    has_finess: bool = False


def _nabm(code: str, coefficient: int) -> Act:
    return Act("3211", "B", "NABM", code, coefficient * 25, 60)


def _ccam(nature: str, key: str, code: str, base: int, rate: int = 70) -> Act:
    return Act(nature, key, "CCAM", code, base, rate)


def _medicine(code: str, base: int, rate: int = 65) -> Act:
    nature, key = {65: ("3313", "PH7"), 30: ("3312", "PH4"), 15: ("3341", "PH2"), 100: ("3311", "PH1")}[rate]
    return Act(nature, key, "CIP13", code, base, rate)


def _letter(nature: str, key: str, base: int, rate: int, coefficient: str = "1.00") -> Act:
    return Act(nature, key, "NGAP", key, base, rate, coefficient)


CONSULTATION: Final = _letter("1110", "G", 3000, 70)
COMPLEX_CONSULTATION: Final = _letter("1105", "CCX", 6000, 70)
CHILD_SUPPLEMENT: Final = _letter("1903", "MEG", 500, 70)
DISPENSING: Final = _letter("3364", "HDR", 51, 70)
BLOOD_SAMPLE: Final = _letter("3223", "TB", 260, 60)
ORTHOPTIC_REVIEW: Final = _letter("3133", "AMY", 3900, 60, "15.00")
ORTHOPTIC_SERIES: Final = _letter("3133", "AMY", 1690, 60, "6.50")
SICKNESS_BENEFIT: Final = Act("6111", "NOR-", "", "", 4100, 100)
CONFIDENTIAL_BUNDLE: Final = Act("2422", "AMF", "", "", 19364, 100)

_NURSE: Final = (
    _letter("3111", "AMI", 315, 60, "1.00"),
    _letter("3111", "AMI", 630, 60, "2.00"),
    _letter("3111", "AMI", 1260, 60, "4.00"),
    _letter("3112", "AIS", 795, 60, "3.00"),
)
_PHARMACY: Final = (
    _medicine("3400935955838", 418),
    _medicine("3400932320189", 217),
    _medicine("3400930170441", 218),
    _medicine("3400999900201", 440),
    _medicine("3400999900263", 609),
    _medicine("3400999900324", 960),
    _medicine("3400930986080", 190, 15),
    _medicine("3400935655769", 261, 30),
)
_LABORATORY: Final = (
    _nabm("1104", 26),
    _nabm("0552", 5),
    _nabm("0592", 6),
    _nabm("0996", 20),
    _nabm("1208", 25),
    _nabm("1213", 25),
    _nabm("0522", 10),
    _nabm("0519", 6),
    _nabm("1128", 45),
    _nabm("1139", 35),
)

BASKETS: Final[tuple[Basket, ...]] = (
    Basket("gp", "01", 1, "C", "P", 0.35, 300, 240, 380, (CONSULTATION,)),
    Basket("specialist", "15", 1, "C", "P", 0.2, 70, 70, 60, (_letter("1112", "CS", 2300, 70),), excess_share=0.55),
    Basket("cardiology", "03", 1, "C", "P", 0.2, 18, 45, 2, (_ccam("1352", "ATM", "DEQP003", 1426),), excess_share=0.3),
    Basket(
        "imaging",
        "06",
        1,
        "E",
        "P",
        0.6,
        45,
        45,
        18,
        (
            _ccam("1351", "ADI", "ZBQK002", 2128),
            _ccam("1351", "ADI", "QEQK001", 6642),
            _ccam("1351", "ADI", "NFQK001", 1995),
            _ccam("1351", "ADI", "LFQK002", 3990),
            _ccam("1324", "ADE", "ZCQM008", 5670),
            _ccam("1324", "ADE", "EBQM001", 6870),
        ),
        excess_share=0.15,
        has_prescriber=True,
    ),
    Basket(
        "pharmacy",
        "50",
        2,
        "C",
        "M",
        0.97,
        340,
        420,
        300,
        _PHARMACY,
        least=1,
        most=3,
        has_prescriber=True,
        has_finess=True,
    ),
    Basket(
        "laboratory",
        "30",
        3,
        "C",
        "P",
        0.95,
        70,
        110,
        20,
        _LABORATORY,
        least=2,
        most=5,
        has_prescriber=True,
        has_finess=True,
    ),
    Basket("nurse", "24", 6, "D", "A", 0.98, 30, 130, 5, _NURSE, least=1, most=2, has_prescriber=True),
    Basket(
        "physiotherapist",
        "26",
        7,
        "C",
        "A",
        0.7,
        50,
        60,
        10,
        (_letter("3122", "AMK", 1613, 60, "7.30"),),
        has_prescriber=True,
    ),
    Basket(
        "dentist",
        "19",
        4,
        "C",
        "",
        0.3,
        40,
        25,
        45,
        (
            _ccam("1451", "SDE", "HBMD053", 2697, 60),
            _ccam("1451", "SDE", "HBMD049", 4538, 60),
            _ccam("1453", "AXI", "HBJD001", 2892, 60),
            _ccam("1451", "SDE", "HBQK389", 798, 60),
        ),
        least=1,
        most=3,
    ),
    Basket("orthoptist", "29", 9, "C", "A", 0.6, 8, 6, 14, (ORTHOPTIC_SERIES,), has_prescriber=True),
    Basket(
        "speech_therapist",
        "28",
        9,
        "C",
        "A",
        0.5,
        6,
        6,
        24,
        (_letter("3132", "AMO", 3200, 60, "12.80"),),
        has_prescriber=True,
    ),
    Basket("midwife", "21", 5, "C", "", 0.6, 8, 3, 0, (_letter("1911", "SF", 2800, 70, "10.00"),)),
    Basket(
        "transport",
        "55",
        2,
        "C",
        "T",
        0.95,
        5,
        40,
        1,
        (_letter("4213", "VSL", 1850, 55), _letter("4214", "TXI", 4230, 55)),
        least=1,
        most=2,
        has_prescriber=True,
    ),
    Basket(
        "hearing_aid",
        "65",
        2,
        "C",
        "",
        0.5,
        3,
        6,
        0,
        (Act("3541", "PAU", "LPP", "2341840", 40000, 60), Act("3541", "PAU", "LPP", "2392530", 40000, 60)),
        least=1,
        most=2,
        has_prescriber=True,
    ),
    Basket("emergency", "91", 0, "E", "", 0.9, 8, 12, 10, (_letter("2238", "ATU", 2528, 80),), has_finess=True),
)

BY_NAME: Final = {basket.name: basket for basket in BASKETS}
