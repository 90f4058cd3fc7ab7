"""The systems outside as operators see them: what answers, since when what does not, how much waits (OP-2)."""

from collections.abc import Awaitable, Callable

from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import external_system_pb2

from chassis.errors import Code, Refusal
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import Browser

System = external_system_pb2.ExternalSystem
AT = Timestamp(seconds=1_790_000_000)
PLATFORM = System(
    role="PAYMENT_PLATFORM", name="wechat", failing_since_time=AT, failure_time=AT, failure="HTTP 503", waiting_count=17
)
REGISTER = System(role="POLICE_REGISTER", success_time=AT)


class Away(Refusal):
    reason = "UPSTREAM_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "服务暂不可用。"
    en = "The service is away."


def each(browser: Browser, **said: list[System] | Refusal) -> Callable[[], Awaitable[Said]]:
    """What each service answers, by its name."""

    async def answer() -> Said:
        found = said[browser.services.asked[-1].path.split(".")[1]]
        return found if isinstance(found, Refusal) else external_system_pb2.ListExternalSystemsResponse(systems=found)

    return answer


async def test_what_fails_says_since_when_and_how_much_waits(operator: Browser) -> None:
    operator.services.answers["ExternalSystemService.ListExternalSystems"] = each(
        operator, payment=[PLATFORM], identity=[REGISTER], review=[]
    )
    page = (await operator.get("/operation/external-systems")).text
    assert page.count('<li class="bad">') == 1
    assert "HTTP 503" in page
    assert "<strong>17</strong>" in page
    assert "公安人像库" in page


async def test_a_service_of_ours_that_is_away_hides_no_other(operator: Browser) -> None:
    operator.services.answers["ExternalSystemService.ListExternalSystems"] = each(
        operator, payment=[PLATFORM], identity=[REGISTER], review=Away()
    )
    page = (await operator.get("/operation/external-systems")).text
    assert "本系统的服务没有应答" in page
    assert "公安人像库" in page
    assert "公共支付平台" in page
