"""A budget of memory is never lent beyond its size (GW-6, F-29)."""

import threading

import pytest

from chassis.process import memory_budget
from chassis.process.memory_budget import BeyondBudget, MemoryBudget
from tests.support.wait_until import PATIENCE_SECONDS


def test_work_waits_until_what_it_needs_is_returned() -> None:
    budget, began = MemoryBudget(100), threading.Event()

    def second() -> None:
        with budget.lend(60):
            began.set()

    thread = threading.Thread(target=second)
    with budget.lend(60):
        thread.start()
        with budget.lend(40):
            assert not began.is_set()
    assert began.wait(PATIENCE_SECONDS)
    thread.join(PATIENCE_SECONDS)


def test_what_failed_returns_what_it_was_lent() -> None:
    budget = MemoryBudget(100)
    with pytest.raises(ValueError, match="damaged"), budget.lend(100):
        raise ValueError("damaged")
    with budget.lend(100):
        pass


def test_what_never_fits_is_refused_at_once() -> None:
    with pytest.raises(BeyondBudget), MemoryBudget(100).lend(101):
        pass


def test_a_container_s_memory_bounds_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_budget, "memory_bytes", lambda: 1000)
    assert MemoryBudget(900).total == 400
    assert MemoryBudget(300).total == 300
