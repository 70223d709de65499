"""What is counted. That it is, stands with what is counted."""

from auth_service import metrics


def test_names_follow_the_convention() -> None:
    counters = (metrics.REFRESH_REUSED, metrics.SIGN_INS_FAILED, metrics.THROTTLED)
    assert [next(iter(counter.describe())).name for counter in counters] == [
        "parley_refresh_reused",
        "parley_sign_ins_failed",
        "parley_throttled",
    ]
