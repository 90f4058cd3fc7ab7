"""The tests' own contracts, read as the gateway reads the real ones."""

import pytest

from gateway.contracts import Contracts
from gateway.messages import Messages
from tests.unit.gateway.compile import image_of


@pytest.fixture(scope="session")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Contracts:
    return Contracts(image_of("transcoding", tmp_path_factory.mktemp("image")))


@pytest.fixture(scope="session")
def messages(contracts: Contracts) -> Messages:
    return contracts.messages
