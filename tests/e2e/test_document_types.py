"""Each type of document, from the account to the ticket number (ID-2, ID-7, ID-8, ID-9)."""

from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_journey import play


def test_each_type_of_document_ends_with_a_ticket_number(suite: SuiteProcess) -> None:
    played = play(suite, "--scenario", "documents")
    assert played.returncode == 0, played.stdout + played.stderr
    for document, rule in (
        ("a resident card", "ID-7"),
        ("a minor's resident card", "ID-7"),
        ("a home-return permit", "ID-8"),
        ("a Taiwan permit", "ID-8"),
        ("residence permit", "ID-8"),
        ("a foreign permanent resident card", "ID-8"),
    ):
        told = [line for line in played.stdout.splitlines() if document in line]
        assert told, document
        assert all("ticket number 0" in line and rule in line for line in told), told
    assert "A renewed permit is the same person" in played.stdout
