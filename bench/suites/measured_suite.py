"""A running suite as the benchmark sees it, of this commit or of another: addresses, a database, keys, processes.

Nothing here knows what a suite is made of: whoever measures it speaks HTTP with it, and looks into its database by the
ids that the suite has answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True, slots=True)
class MeasuredSuite:
    """`name` distinguishes it in tables; `owner_url` is its database's; `home` is the folder in which its keys are;
    `processes` are its process ids now, by name.
    """

    name: str
    gateway_port: int
    sandbox_port: int
    owner_url: str
    home: Path
    processes: Callable[[], Mapping[str, int]]

    @property
    def gateway_url(self) -> str:
        """Where its API and its pages are."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def sandbox_url(self) -> str:
        """Where its simulated outside world is."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def private_keys(self) -> Mapping[str, Ed25519PrivateKey]:
        """Every private key of the suite and of its outside world, by the name of its file."""
        files = sorted(path for path in self.home.rglob("*.pem") if not path.name.endswith(".pub.pem"))
        loaded = {path.stem: load_pem_private_key(path.read_bytes(), None) for path in files}
        return {name: key for name, key in loaded.items() if isinstance(key, Ed25519PrivateKey)}
