"""Rows of enrolled candidates' registrations, held against each other (EN-20, F-20)."""

from services.enrollment.domain.imports.enrolled_import import EnrolledRow, plan_enrolled


def row(candidate: str, ticket: str, school: str = "10269") -> EnrolledRow:
    return EnrolledRow(candidate, school, "050101", ticket, ())


def problems(catalogue, *rows: EnrolledRow) -> list[tuple[int, str]]:
    plan = plan_enrolled(rows, catalogue, {}, {})
    assert (plan.additions == ()) == bool(plan.problems)
    return [(each.row, each.expected.en) for each in plan.problems]


def test_one_person_with_two_tickets_is_refused_with_both_rows(catalogue) -> None:  # F-20
    said = "a ticket number that does not contradict row {}"
    rows = row("a", "990000000001"), row("b", "990000000002"), row("a", "990000000003")
    assert problems(catalogue, *rows) == [(1, said.format(3)), (3, said.format(1))]


def test_one_ticket_of_two_people_is_refused_with_both_rows(catalogue) -> None:  # F-20, invariant 4
    found = problems(catalogue, row("a", "990000000001"), row("b", "990000000001"))
    assert [number for number, _ in found] == [1, 2]


def test_a_row_again_is_one_registration(catalogue) -> None:  # F-20
    plan = plan_enrolled([row("a", "990000000001")] * 2, catalogue, {}, {})
    assert (plan.problems, plan.additions) == ((), (row("a", "990000000001"),))
