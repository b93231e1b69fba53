"""What the import commands say about their arguments."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


@pytest.mark.parametrize("text", ["2", "-0.1", "nan", "beaucoup"])
def test_a_reject_rate_that_is_no_share_is_refused_in_french(text: str) -> None:
    with pytest.raises(CommandError, match="--max-reject-rate.* une part est un nombre entre 0 et 1"):
        call_command("import_feed", "nowhere", f"--max-reject-rate={text}")
