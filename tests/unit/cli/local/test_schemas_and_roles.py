"""Which PostgreSQL the suite accepts."""

import pytest

from cli.local.schemas_and_roles import ServerTooOld, require_known_server


def test_an_older_postgresql_is_refused_in_one_sentence_that_names_what_is_needed() -> None:
    with pytest.raises(ServerTooOld, match=r"PostgreSQL 15; the suite needs 16 or newer"):
        require_known_server(15)


@pytest.mark.parametrize("major", [16, 17, 18, 19])
def test_a_newer_one_is_accepted(major: int) -> None:
    require_known_server(major)
