"""A check on a live system: something that must be true of every one of its kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked: how many there are, and how many break it, both as statements. `rule` names what it proves."""

    rule: str
    says: str
    checked: str
    broken: str
