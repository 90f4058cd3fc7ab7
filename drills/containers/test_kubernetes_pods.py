"""Every Deployment of the rendered manifests, run as its pods would be (OP-6)."""

from collections.abc import Iterator

import pytest

from drills.containers.compose_suite import COMPOSE, ComposeSuite
from drills.containers.kubernetes_pods import DEPLOYMENTS, Pod
from tests.support.wait_until import block_until

ADDRESS = COMPOSE["services"]["gateway"]["networks"]["default"]["ipv4_address"]


@pytest.fixture
def pods(suite: ComposeSuite) -> Iterator[dict[str, Pod]]:
    """The pods in place of Compose's containers; PostgreSQL, Redis and the sandbox stay."""
    suite.up("sandbox")
    suite.compose("stop", *DEPLOYMENTS)
    made = {process: Pod(suite, process) for process in DEPLOYMENTS}
    try:
        for process, pod in made.items():
            published = [f"--ip={ADDRESS}", f"--publish=127.0.0.1:{suite.told['GATEWAY_PORT']}:8080"]
            pod.start(*(published if process == "gateway" else []))
        yield made
    finally:
        for pod in made.values():
            pod.remove()
        suite.up()


def test_journeys_go_through_pods_as_restricted_as_the_manifests_say_and_they_end_by_themselves(
    pods: dict[str, Pod],
) -> None:  # OP-2, OP-6
    for pod in pods.values():
        block_until(pod.is_ready)
    assert "8 of 8 journeys" in pods["gateway"].suite.play(8)
    assert {process: pod.stop() for process, pod in pods.items()} == dict.fromkeys(DEPLOYMENTS, 0)
