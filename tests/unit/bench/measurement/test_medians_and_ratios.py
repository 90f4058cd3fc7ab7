"""Medians, shares and ratios."""

import pytest

from bench.measurement.medians_and_ratios import Outcome, Round, comparisons, figure, percentile, ratios


def a_round(done: int, seconds: float, *, name: str = "Zikao", elsewhere: float = 0.0, **cpu: float) -> Round:
    return Round(name, Outcome(done, seconds, tuple(0.001 * (1 + number) for number in range(done))), cpu, elsewhere)


def test_a_figure_is_the_median_of_its_rounds():
    found = figure("checkouts", [a_round(100, 1.0), a_round(400, 1.0), a_round(150, 1.0)])
    assert (found.per_second, found.slowest, found.fastest) == (150, 100, 400)
    assert (found.rounds, found.done) == (3, 650)


def test_cpu_is_divided_by_what_was_done_in_the_same_round():
    found = figure("checkouts", [a_round(100, 1.0, gateway=0.1), a_round(200, 1.0, gateway=0.1)])
    assert found.cpu_us["gateway"] == pytest.approx((1000 + 500) / 2)


def test_a_process_that_is_missing_in_a_round_used_nothing_in_it():
    rounds = [a_round(100, 1.0, payment=0.1), a_round(100, 1.0), a_round(100, 1.0, payment=0.3)]
    assert figure("checkouts", rounds).cpu_us["payment"] == pytest.approx(1000)


def test_a_process_that_did_nothing_is_left_out():
    assert figure("checkouts", [a_round(100_000, 1.0, sandbox=0.01, gateway=1.0)]).cpu_us.keys() == {"gateway"}


def test_the_servers_cpu_leaves_the_load_generator_out():
    found = figure("checkouts", [a_round(100, 1.0, gateway=0.1, generator=0.5)])
    assert found.server_cpu_us("generator") == pytest.approx(1000)


def test_the_share_that_others_took_is_that_of_the_worst_round():
    rounds = [a_round(100, 2.0, elsewhere=0.2), a_round(100, 2.0, elsewhere=1.0)]
    assert figure("checkouts", rounds).elsewhere == pytest.approx(0.5)


def test_latencies_are_shown_only_where_they_are_known():
    unknown = figure("journeys", [Round("journeys", Outcome(10, 5.0), {}, 0.0)])
    assert (unknown.median_ms, unknown.p95_ms, unknown.per_second) == (None, None, 2.0)
    assert figure("checkouts", [a_round(100, 1.0)]).median_ms == pytest.approx(51)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.95, 4), (1.0, 4)])
def test_a_percentile_is_one_of_the_values(share: float, value: int):
    assert percentile([1, 2, 3, 4], share) == value


def test_ratios_say_who_is_faster_and_who_is_cheaper():
    ours = figure("checkouts", [a_round(300, 1.0, gateway=0.3, generator=0.3)])
    theirs = figure("checkouts", [a_round(100, 1.0, name="monolith", monolith=0.2, generator=0.1)])
    faster, cheaper = ratios([ours, theirs], "Zikao", ["monolith", "absent"], "generator")
    assert faster.value == pytest.approx(3.0)
    assert cheaper.value == pytest.approx(0.5)
    assert "monolith" in faster.says


def test_without_the_suite_there_is_nothing_to_compare():
    alone = figure("checkouts", [a_round(100, 1.0, name="monolith", monolith=0.2)])
    assert ratios([alone], "Zikao", ["monolith"], "generator") == []


def test_two_suites_are_compared_round_by_round():
    now = [a_round(100, 1.0, payment=0.2), a_round(300, 1.0, payment=0.3), a_round(200, 1.0, payment=0.2)]
    then = [a_round(100, 1.0, payment=0.1), a_round(100, 1.0, payment=0.1), a_round(400, 1.0, payment=0.4)]
    speed, whole, payment = comparisons("checkouts", "checkouts", now, then, ["gateway", "payment"])
    assert (speed.now, speed.then) == (200, 100)
    assert (speed.ratio, speed.least, speed.most) == (1.0, 0.5, 3.0)
    assert whole.ratio == payment.ratio == pytest.approx(1.0)
    assert (payment.least, payment.most) == (pytest.approx(1.0), pytest.approx(2.0))
    assert payment.quantity == "checkouts: CPU µs each, payment"


def test_rounds_that_the_other_did_not_finish_are_not_compared():
    now, then = [a_round(100, 1.0, payment=0.1), a_round(900, 1.0, payment=0.1)], [a_round(100, 1.0, payment=0.1)]
    assert comparisons("checkouts", "checkouts", now, then, ["payment"])[0].most == 1.0
    assert comparisons("checkouts", "checkouts", now, [], ["payment"]) == []


def test_a_process_that_does_next_to_nothing_is_not_compared():
    rounds = [a_round(100, 1.0, payment=1.0, sandbox=0.01)]
    found = comparisons("checkouts", "checkouts", rounds, rounds, ["payment", "sandbox"])
    assert [each.quantity for each in found][2:] == ["checkouts: CPU µs each, payment"]
