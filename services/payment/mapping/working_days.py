"""Working days as operators know them, between the contracts' words and the domain's (PA-9)."""

from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from chassis.errors import FieldViolation, InvalidRequest
from chassis.rpc.message_mapping import day_of, message_of
from services.payment.domain.working_days import CalendarChange, DayOverride, KnownDays


def change(request: settlement_service_pb2.SetDayOverridesRequest) -> CalendarChange:
    """What an operator changes. Raises InvalidRequest for a date that does not exist, and for what is both recorded
    and taken back.
    """
    asked = CalendarChange(
        overrides=tuple(
            DayOverride(day_of(f"overrides[{index}].date", said.date), said.working_day, said.note)
            for index, said in enumerate(request.overrides)
        ),
        complete_years=frozenset(request.complete_years),
        removed_days=frozenset(
            day_of(f"removed_dates[{index}]", text) for index, text in enumerate(request.removed_dates)
        ),
        withdrawn_years=frozenset(request.withdrawn_years),
    )
    if asked.removed_days & {one.day for one in asked.overrides}:
        raise _both_ways("removed_dates")
    if asked.withdrawn_years & asked.complete_years:
        raise _both_ways("withdrawn_years")
    return asked


def known_days(known: KnownDays) -> settlement_service_pb2.ListDayOverridesResponse:
    """What operators know better than the calendar."""
    return settlement_service_pb2.ListDayOverridesResponse(
        overrides=[message_of(resources_pb2.DayOverride, said, date=said.day.isoformat()) for said in known.overrides],
        complete_years=sorted(known.calendar.complete_years),
        last_known_year=known.calendar.last_known_year,
    )


def _both_ways(field: str) -> InvalidRequest:
    violation = FieldViolation(
        field, "BOTH_WAYS", "不能同时登记和撤销同一项。", "The same cannot be recorded and taken back at once."
    )
    return InvalidRequest(fields=[violation])
