"""Logins by the minute (OP-4)."""

from collections.abc import Mapping
from typing import Final

from chassis.activity.refusal_counts import Kind
from chassis.postgres.driver_statements import Statement, sql

ACTIVITY: Final[Mapping[int, Statement]] = {
    Kind.LOGINS: sql("""
SELECT 'LOGINS' AS kind, date_trunc('minute', create_time) AS minute, count(*) AS count
FROM login_sessions WHERE create_time >= :since GROUP BY 2
""")
}
