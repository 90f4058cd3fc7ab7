"""What candidates do with enrollment by the minute (OP-4)."""

from collections.abc import Mapping
from typing import Final

from chassis.activity.refusal_counts import Kind
from chassis.postgres.driver_statements import Statement, sql

_BY_MINUTE: Final = sql("""
SELECT 'SELECTIONS' AS kind, date_trunc('minute', create_time) AS minute, count(*) AS count
FROM selections WHERE create_time >= :since GROUP BY 2
UNION ALL
SELECT 'REGISTRATIONS', date_trunc('minute', create_time), count(*)
FROM registrations WHERE create_time >= :since GROUP BY 2
""")

ACTIVITY: Final[Mapping[int, Statement]] = {Kind.SELECTIONS: _BY_MINUTE, Kind.REGISTRATIONS: _BY_MINUTE}
