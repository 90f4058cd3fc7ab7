"""A forgotten password and a lost phone, as people live through them (ID-4, ID-10, ID-11)."""

import httpx

from cli.journey.steps.journey_context import JourneyContext
from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_journey import play


def test_a_forgotten_password_is_recovered_by_sms_and_by_e_mail(suite: SuiteProcess) -> None:  # ID-4
    played = play(suite, "--scenario", "forgotten-password")
    assert played.returncode == 0, played.stdout + played.stderr
    for sentence in ("the same answer as everybody", "By text message", "By e-mail"):
        assert sentence in played.stdout


def test_a_phone_is_changed_by_review_and_the_old_one_is_told(suite: SuiteProcess) -> None:  # ID-10, ID-11
    played = play(suite, "--scenario", "phone-change")
    assert played.returncode == 0, played.stdout + played.stderr
    for sentence in ("by a code", "exam authority", "The old phone is told", "recovers the password"):
        assert sentence in played.stdout


async def test_a_flood_of_recoveries_is_slowed_with_a_time_to_wait(
    http: httpx.AsyncClient, journey: JourneyContext
) -> None:
    """ID-4, GW-3."""
    path, body = f"{journey.visitor.base_url}/v1/password-recoveries", {"loginName": "310110199001010000"}
    answers = [await http.post(path, json={**body, "channel": "PHONE"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
