"""What the operating system's accounting says."""

import os
import time

from bench.measurement.cpu_time import TICKS_PER_SECOND, busy_ticks, own_seconds, seconds_of, ticks_in

STAT = "4711 (a name) with) S 1 4711 4711 0 -1 4194560 2000 3000 0 0 150 50 30 20 20 0 4 0 12345 1000 200\n"


def test_a_process_is_charged_user_and_system_time_and_that_of_reaped_children():
    assert ticks_in(STAT) == 150 + 50 + 30 + 20


def test_a_process_that_is_gone_used_nothing():
    assert ticks_in("") == 0
    assert seconds_of(2**22 + 1) == 0


def test_the_machine_is_busy_when_it_neither_idles_nor_waits_and_guests_count_once():
    assert busy_ticks("cpu  100 10 50 9000 800 5 6 7 90 9\ncpu0 1 1 1 1\n") == 100 + 10 + 50 + 5 + 6 + 7


def test_this_process_is_charged_what_it_burns():
    before, until = seconds_of(os.getpid()), own_seconds() + 0.1
    while own_seconds() < until:
        pass
    assert seconds_of(os.getpid()) - before >= 0.1 - 2 / TICKS_PER_SECOND
    assert own_seconds() <= time.process_time()
