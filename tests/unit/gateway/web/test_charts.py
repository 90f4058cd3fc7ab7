"""Charts: columns on one scale, drawn from the ground up."""

import pytest

from gateway.web.charts import HEIGHT, WIDTH, line_chart, round_up, stacked_columns


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 5), (6, 10), (11, 20), (21, 50), (99, 100), (101, 200)])
def test_the_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert round_up(most) == top


def test_pieces_stand_on_one_another_and_fit() -> None:
    chart = stacked_columns([("a", [3, 2, 0]), ("b", [10, 0, 0])])
    low, high = chart.columns[0].pieces
    assert low.y + low.height == HEIGHT
    assert high.y + high.height == low.y
    assert chart.columns[1].pieces[0].y == 0
    assert all(piece.x >= 0 and piece.x + piece.width <= WIDTH for column in chart.columns for piece in column.pieces)


def test_the_newest_column_is_named_and_few_others() -> None:
    chart = stacked_columns((f"{number}", [1]) for number in range(90))
    assert chart.columns[-1].named
    assert sum(column.named for column in chart.columns) <= 8


def test_nothing_at_all_is_an_empty_chart() -> None:
    assert stacked_columns([]).columns == []


def test_lines_share_a_scale_and_end_at_the_edge() -> None:  # OP-4
    chart = line_chart([[0, 5, 10], [1, 1, 1]], ["09:00", "09:01", "09:02"])
    assert chart.lines == [f"0,{HEIGHT} {WIDTH // 2},{HEIGHT // 2} {WIDTH},0", f"0,198 {WIDTH // 2},198 {WIDTH},198"]
    assert chart.names[-1] == (WIDTH, "09:02")


def test_of_many_points_few_are_named_and_the_last_is() -> None:  # OP-4
    names = line_chart([[0] * 180], [f"{number}" for number in range(180)]).names
    assert len(names) <= 8
    assert names[-1] == (WIDTH, "179")
