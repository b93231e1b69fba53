"""What has served its time is deleted; what still serves stays."""

import pytest

from accounts.identity import tasks
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import IdentityProof, OpenSession
from accounts.schedules import SCHEDULES
from ameli_notify.core.models import RateLimitCounter
from tests.accounts.insured import deliver, describe, make_account, signed_in

MODELS = (OpenSession, IdentityProof, SecurityMessage, RateLimitCounter)
LONG_AGO = "2020-01-01T00:00Z"


@pytest.mark.usefixtures("space")
def test_rows_go_when_their_time_is_over() -> None:
    make_account()
    browser = signed_in()
    describe(browser)
    deliver()
    before = [model.objects.count() for model in MODELS]
    assert tasks.forget() == 0
    assert [model.objects.count() for model in MODELS] == before
    OpenSession.objects.update(last_seen_at=LONG_AGO)
    IdentityProof.objects.update(created_at=LONG_AGO)
    SecurityMessage.objects.update(settled_at=LONG_AGO)
    RateLimitCounter.objects.update(ends_at=LONG_AGO)
    assert tasks.forget() == sum(before)
    assert [model.objects.count() for model in MODELS] == [0] * len(MODELS)


def test_it_is_a_task_of_ours() -> None:
    assert f"{tasks.__name__}.{tasks.forget.__name__}" in [item.task for item in SCHEDULES]
