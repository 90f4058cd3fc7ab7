"""The port to what is known of the numbering plans of the world's phones."""

from typing import Protocol


class NumberingPlans(Protocol):
    """Which numbers are what."""

    def is_mobile(self, phone: str) -> bool:
        """Whether a number in E.164 is a mobile phone's, or may be: no service's, at no premium rate (F-28)."""
        ...
