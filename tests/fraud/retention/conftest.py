"""What the tests of the end of what is kept run under."""

from tests.fraud.cases.conftest import case_rules as case_rules
from tests.fraud.cases.conftest import held_case as held_case
from tests.fraud.cases.conftest import investigator as investigator
from tests.fraud.cases.conftest import new_case as new_case
from tests.fraud.cases.conftest import supervisor as supervisor
