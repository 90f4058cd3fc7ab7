"""Named parameters, turned into the driver's positions once."""

import pytest

from chassis.postgres.driver_statements import WrongParameters, sql


def test_names_become_positions_in_the_order_of_their_first_use() -> None:
    statement = sql("SELECT :second, :first, :second")
    assert statement.text == "SELECT $1, $2, $1"
    assert statement.arguments({"first": 1, "second": 2}) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '12:30', 'it''s :not'",
        'SELECT ":not"',
        "SELECT now()::date",
        "SELECT 1 -- :not\n",
        "SELECT a[1:2], b := 1",
    ],
)
def test_what_is_quoted_cast_or_commented_is_no_parameter(text: str) -> None:
    statement = sql(text)
    assert (statement.text, statement.names) == (text, ())


def test_a_parameter_may_be_cast() -> None:
    assert sql("SELECT :ids::uuid[]").text == "SELECT $1::uuid[]"


@pytest.mark.parametrize(("text", "values"), [("SELECT 1", {}), ("SELECT :one", {"one": 1})])
def test_few_values_are_in_order_too(text: str, values: dict[str, int]) -> None:
    assert sql(text).arguments(values) == tuple(values.values())


@pytest.mark.parametrize("values", [{}, {"one": 1}, {"one": 1, "two": 2, "three": 3}, {"one": 1, "tow": 2}])
def test_a_missing_or_a_foreign_value_is_refused_by_name(values: dict[str, int]) -> None:
    with pytest.raises(WrongParameters, match="expected \\['one', 'two'\\]"):
        sql("SELECT :one, :two").arguments(values)
