"""PostgreSQL's log, read back into statements and parameters."""

from bench.suites.statement_log import LoggedStatement, parsed

LOG = """\
2026-11-30 earlier line without our prefix
@bench@zikao_enrollment 41 LOG:  execute __asyncpg_stmt_5__: WITH reserved AS (
\t  UPDATE selection SET state = 'RESERVED'
\t  WHERE order_id = $1)
\tSELECT count(*) FROM reserved
@bench@zikao_payment 42 LOG:  execute __asyncpg_stmt_1__: SELECT 1 WHERE $1
@bench@zikao_enrollment 41 DETAIL:  Parameters: $1 = 'it''s', $2 = NULL, $3 = '{"$4 = ''x''"}', $4 = 'two
\tlines'
@bench@zikao_payment 42 DETAIL:  Parameters: $1 = 't'
@bench@zikao 43 LOG:  statement: SELECT pg_reload_conf()
@bench@zikao_review 44 LOG:  execute a: SELECT now()
"""


def test_statements_come_whole_with_their_parameters_whatever_was_written_in_between():
    assert parsed(LOG) == [
        LoggedStatement(
            "zikao_enrollment",
            "WITH reserved AS (\n  UPDATE selection SET state = 'RESERVED'\n  WHERE order_id = $1)\n"
            "SELECT count(*) FROM reserved",
            ("it's", None, "{\"$4 = 'x'\"}", "two\nlines"),
        ),
        LoggedStatement("zikao_payment", "SELECT 1 WHERE $1", ("t",)),
    ]


def test_what_changes_something_is_known():
    writing, reading = parsed(LOG)
    assert writing.writes
    assert not reading.writes
