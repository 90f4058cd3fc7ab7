"""What a run's results look like."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.measurement.import_time_estimate import EVERYBODY
from bench.measurement.interleaving import GENERATOR, POSTGRESQL, Plan
from bench.measurement.medians_and_ratios import Comparison, Outcome, Round, figure, ratios
from bench.measurement.report import Results, Section, cpu, disturbances, durations, markdown, show, write


@pytest.fixture
def results() -> Results:
    ours = Round("Zikao", Outcome(1000, 1.0, (0.01,) * 1000), {"gateway": 0.5, POSTGRESQL: 0.4, GENERATOR: 0.1}, 0.02)
    theirs = Round(
        "monolith", Outcome(500, 1.0, (0.02,) * 500), {"monolith": 0.9, POSTGRESQL: 0.4, GENERATOR: 0.1}, 0.3
    )
    figures = [figure("checkouts", [ours]), figure("checkouts", [theirs])]
    plan = Plan(1000, 100, 5.0, 16, 1, 10, 8, 100)
    return Results({"commit": "abc"}, plan, figures, ratios(figures, "Zikao", ["monolith"], GENERATOR))


def test_a_page_shows_the_machine_the_figures_and_the_ratios(results: Results):
    page = markdown(results)
    assert "- commit: abc" in page
    assert "| Zikao | 1,000 |" in page
    assert "| checkouts per second, Zikao : monolith | 2.00 |" in page


def test_a_scenario_is_shown_with_what_it_means_and_its_tables(results: Results):
    shown = replace(
        results, sections=[Section("overload", "Three times too many.", ((("load", "done"), [("3 ×", "9")]),))]
    )
    page, screen = markdown(shown), StringIO()
    assert "## Overload\n\nThree times too many.\n\n| load | done |" in page
    show(shown, Console(file=screen, width=200))
    assert "overload" in screen.getvalue()


def test_processes_come_in_the_order_of_a_request(results: Results):
    headings, rows = cpu(results)
    assert headings == ("", "gateway", "monolith", POSTGRESQL, GENERATOR)
    assert [row[0] for row in rows] == ["Zikao", "monolith"]
    assert rows[0][:3] == ("Zikao", "500", "")


def test_how_long_importing_everybody_takes_is_told(results: Results):  # OP-1
    assert durations(results) == []
    imported = figure("imports", [Round("import", Outcome(1000, 2.0), {}, 0.0)])
    [told] = durations(replace(results, figures=[imported]))
    assert "500 rows per second" in told
    assert "0:03:57" in told
    everybody = figure("imports", [Round("import", Outcome(EVERYBODY, 36.0), {}, 0.0)])
    assert durations(replace(results, figures=[everybody])) == [
        "All 118,668 candidates were imported in 0:00:36 (hours:minutes:seconds)."
    ]


def test_whoever_was_disturbed_is_named(results: Results):
    (warning,) = disturbances(results)
    assert "30%" in warning
    assert "monolith" in warning


def test_what_is_written_can_be_read_again(results: Results, tmp_path: Path):
    write(results, tmp_path)
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept["figures"][0]["per_second"] == 1000
    assert kept["machine"] == {"commit": "abc"}
    assert (tmp_path / "RESULTS.md").read_text() == markdown(results)


def test_another_commit_s_figures_stand_beside_ours(results: Results):
    compared = [Comparison("checkouts: checkouts per second", 500, 400, 1.25, 1.1, 1.3)]
    page = markdown(replace(results, comparisons=compared, against="abc1234"))
    assert "|  | now | abc1234 | now / abc1234 | least–most of the rounds |" in page
    assert "| checkouts: checkouts per second | 500 | 400 | 1.250 | 1.100–1.300 |" in page


def test_a_table_is_as_wide_as_it_needs_to_be_where_nothing_sets_a_width(results: Results):
    printed = StringIO()
    show(results, Console(file=printed, width=400))
    headings = next(line for line in printed.getvalue().splitlines() if "load generator" in line)
    assert [heading.strip() for heading in headings.strip("┃").split("┃")] == [
        *("", "gateway", "monolith", POSTGRESQL, GENERATOR)
    ]


def test_whoever_failed_is_named(results: Results):
    assert "Failed: statements: stumbled" in markdown(replace(results, failures=["statements: stumbled"]))
