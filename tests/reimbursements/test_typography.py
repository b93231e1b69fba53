"""Spaces that do not break within numbers and between a number and its unit."""

import pytest

from reimbursements.explanations.typography import NBSP, typeset


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Paracétamol 1 g", "Paracétamol 1_g"),
        ("Doliprane 1 000 mg, boîte de 8", "Doliprane 1_000_mg, boîte de 8"),
        ("2,5 ml de solution", "2,5_ml de solution"),
        ("boîte de 8 gélules", "boîte de 8 gélules"),
        ("20 1234", "20 1234"),
    ],
)
def test_a_number_stays_with_its_unit(text: str, shown: str) -> None:
    assert typeset(text) == shown.replace("_", NBSP)
    assert typeset(typeset(text)) == typeset(text)
