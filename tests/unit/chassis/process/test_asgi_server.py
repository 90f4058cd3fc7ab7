"""Where an HTTP process listens."""

import pytest

from chassis.config import ServerConfig
from chassis.process.admin_port import PortTaken
from chassis.process.asgi_server import _listen


def test_replicas_share_a_port_where_they_are_told_to() -> None:  # GW-7
    with _listen(ServerConfig(reuse_port=True)) as first:
        shared = ServerConfig(port=first.getsockname()[1], reuse_port=True)
        with _listen(shared) as second:
            assert second.getsockname() == first.getsockname()


def test_a_port_that_is_not_shared_is_one_process() -> None:
    with _listen(ServerConfig()) as first, pytest.raises(PortTaken):
        _listen(ServerConfig(port=first.getsockname()[1]))
