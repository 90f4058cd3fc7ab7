"""The tests' own contracts, read as the gateway reads the real ones."""

import pytest

from gateway.contracts.proto_json import MessageTypes
from gateway.contracts.rpcs import Contracts
from tests.unit.gateway.contract_images import image_of


@pytest.fixture(scope="session")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Contracts:
    return Contracts(image_of("transcoding", tmp_path_factory.mktemp("image")))


@pytest.fixture(scope="session")
def messages(contracts: Contracts) -> MessageTypes:
    return contracts.messages
