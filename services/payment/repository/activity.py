"""Orders, payments and their money by the minute (OP-4)."""

from collections.abc import Mapping
from typing import Final

from chassis.activity.refusal_counts import Kind
from chassis.postgres.driver_statements import Statement, sql

_BY_MINUTE: Final = sql("""
WITH paid AS (
  SELECT date_trunc('minute', paid_time) AS minute, count(*) AS payments, sum(paid_fen)::bigint AS paid_fen
  FROM attempts WHERE state = 'PAID' AND paid_time >= :since GROUP BY 1)
SELECT 'ORDERS' AS kind, date_trunc('minute', create_time) AS minute, count(*) AS count
FROM orders WHERE create_time >= :since GROUP BY 2
UNION ALL
SELECT 'PAYMENTS', minute, payments FROM paid
UNION ALL
SELECT 'PAID_FEN', minute, paid_fen FROM paid
""")

ACTIVITY: Final[Mapping[int, Statement]] = dict.fromkeys((Kind.ORDERS, Kind.PAYMENTS, Kind.PAID_FEN), _BY_MINUTE)
