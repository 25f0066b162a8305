"""Of good and fast requests a share is told of, the same at every hop; of all others every one."""

import random

import pytest

from chassis.access_sampling import AccessSampling

SOME = random.Random(1)


def test_a_share_of_the_good_and_fast_is_kept() -> None:
    sampling = AccessSampling(0.1)
    traces = [SOME.getrandbits(128) for _ in range(20_000)]
    kept = [trace for trace in traces if sampling.keeps(200, 0.01, trace)]
    assert 1_800 < len(kept) < 2_200


def test_all_hops_keep_the_same_requests() -> None:
    sampling = AccessSampling(0.3)
    for _ in range(2_000):
        trace = SOME.getrandbits(128)
        at_the_gateway = sampling.keeps_hex(200, 0.01, b"%032x" % trace)
        assert at_the_gateway == sampling.keeps(200, 0.01, trace)


@pytest.mark.parametrize(
    ("status", "seconds", "kept"),
    [
        (200, 0.01, False),
        (304, 0.01, False),
        (404, 0.01, False),
        (429, 0.01, False),
        (200, 0.6, True),
        (404, 0.6, True),
        (401, 0.01, True),
        (409, 0.01, True),
        (499, 0.01, True),
        (500, 0.01, True),
        (503, 0.01, True),
        (0, 0.01, True),
    ],
)
def test_what_is_bad_or_slow_is_always_kept(status: int, seconds: float, kept: bool) -> None:
    sampling = AccessSampling(0.0, slow_seconds=0.5)
    assert sampling.keeps(status, seconds, 12345) is kept
    assert sampling.keeps_hex(status, seconds, b"%032x" % 12345) is kept


def test_for_a_while_everything_may_be_kept() -> None:
    sampling = AccessSampling(0.0)
    sampling.tell_everything(True)
    assert sampling.keeps(200, 0.01, 12345)
    sampling.tell_everything(False)
    assert not sampling.keeps(200, 0.01, 12345)


def test_a_share_of_one_is_everything() -> None:
    sampling = AccessSampling(1.0)
    assert sampling.everything
    sampling.tell_everything(False)
    assert sampling.everything
