"""What a chaos run ends with: who ended how, what was done to the suite, what was proved, and what to do when something
is off.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from cli.journey.chaos.candidate_intents import INTENTS, Ending
from cli.journey.chaos.outcomes import CandidateOutcome
from cli.journey.clients.http_client import Deviation
from cli.suite.home import Home
from cli.terminal.formatting import list_table
from cli.verify.all_invariants import InvariantProof

OTHER: Final = "other"
SHOWN: Final = 12
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KIND_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class RunReport:
    """The figures of a run; times in seconds."""

    seed: int
    fates: Sequence[CandidateOutcome]
    killed: Mapping[str, int]
    faults: Mapping[str, int]
    played_seconds: float
    settled_seconds: float

    @property
    def off(self) -> Sequence[CandidateOutcome]:
        """Everybody who has not what is theirs."""
        return [fate for fate in self.fates if fate.trouble]

    def tables(self) -> Sequence[Table]:
        """For people."""
        return (
            self._endings(),
            _counted("killed (SIGKILL) and started again", self.killed),
            _counted("faults set", self.faults),
        )

    def must_be_whole(self, proofs: Sequence[InvariantProof], home: Home) -> None:
        """Raises Deviation, with what to do next, when anybody ended otherwise or an invariant does not hold."""
        broken = [proof.trouble for proof in proofs if proof.trouble]
        if not self.off and not broken:
            return
        alike = Counter(_kind(fate) for fate in self.off)
        first = {_kind(fate): fate for fate in reversed(self.off)}
        told = [
            f"{count} × such as candidate {first[kind].number}, who wanted to {first[kind].intent.wants}: "
            f"{first[kind].trouble}"
            for kind, count in alike.most_common(SHOWN)
        ]
        raise Deviation(
            "\n".join(
                [
                    f"{len(self.off)} of {len(self.fates)} candidates ended otherwise than they must, and "
                    f"{len(broken)} of {len(proofs)} proofs failed:",
                    *(f"  {line}" for line in (*told, *broken)),
                    f"Next: read an order's timeline (GET /v1/orders/ORDER/timeline as operator) and {home.logs}/*.log "
                    f"around it; what is still under way settles by itself, so `zikao verify all` may be clean later. "
                    f"--seed {self.seed} plays the same plan again.",
                ]
            )
        )

    def _endings(self) -> Table:
        counts = Counter(
            (fate.intent.wants, OTHER if fate.trouble else fate.intent.ending.value) for fate in self.fates
        )
        endings = (*(ending.value for ending in Ending), OTHER)
        rows = ((intent.wants, *(counts[intent.wants, ending] or "" for ending in endings)) for intent in INTENTS)
        table = list_table("candidates who wanted to", *endings, rows=rows, title="endings / 结局")
        sums = [sum(count for (_, ending), count in counts.items() if ending == one) for one in endings]
        table.add_section()
        table.add_row(f"all {len(self.fates)}", *(str(count) for count in sums))
        table.caption = f"played in {self.played_seconds:.0f} s, settled in another {self.settled_seconds:.0f} s"
        return table


def proved(proofs: Sequence[InvariantProof]) -> Table:
    """What was checked and how many of it, with what is wrong."""
    troubles = [(f"[red]{proof.trouble}[/red]", "") for proof in proofs if proof.trouble]
    rows = [row for proof in proofs for row in proof.rows]
    return list_table("proved", "checked", rows=[*rows, *troubles], title="invariants / 不变量")


def _kind(fate: CandidateOutcome) -> str:
    """What troubles of one kind have in common: their words without the ids."""
    return ID.sub("", fate.trouble)[:KIND_LENGTH]


def _counted(title: str, counts: Mapping[str, int]) -> Table:
    return list_table("what", "times", rows=sorted(counts.items()), title=title)
