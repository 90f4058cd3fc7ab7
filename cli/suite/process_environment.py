"""What each process of a laptop's suite is told: one flat table of ZIKAO_ variables per process, nothing read from
elsewhere.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from chassis.security.tokens import ensure_own_keys
from cli.local.schemas_and_roles import role_of
from cli.suite.home import Home
from cli.suite.process_table import ONE_PORT, Ports, Process
from cli.suite.seed import initial_password

SERVICES = ("identity", "enrollment", "payment", "review")
KEPT = ("ZIKAO_TELEMETRY__", "ZIKAO_LOGIN_TOKENS__", "ZIKAO_UNDO_TIME")
OWNERS = frozenset({"DATABASE_URL", "PGPASSWORD"})
"""What may hold the password of the database's owner, which no process of the suite knows (OP-8)."""
STAFF_SECURITY = ("ZIKAO_SECOND_FACTOR_REQUIRED_FOR", "ZIKAO_SIGN_IN_PROVIDERS")


@dataclass(frozen=True, slots=True)
class ProcessEnvironment:
    """What the processes share: where they listen, where their data lies, which database they use (`database_url` is
    the owner's).
    """

    home: Home
    ports: Ports
    database_url: str
    redis_url: str | None

    @property
    def gateway_url(self) -> str:
        """Where people and tools reach the suite."""
        return f"http://127.0.0.1:{self.ports.of('gateway').port}"

    @property
    def sandbox_url(self) -> str:
        """Where the simulated outside world answers."""
        return f"http://127.0.0.1:{self.ports.of('sandbox').port}"

    def of(self, process: Process) -> Mapping[str, str]:
        """The whole environment of one process: the caller's own, less any ZIKAO_ leftovers, plus ours.

        What is said of telemetry is kept: where traces and logs go is the operator's to choose. So is how long tokens
        are good for (GW-8) and decisions can be undone (RE-12), who must have a second factor, and where staff sign in
        (ID-18).
        """
        inherited = {name: value for name, value in os.environ.items() if _is_kept(name)}
        return {
            **inherited,
            **self._shared(),
            **self._listening(process),
            **self._keys(process),
            **self._database(process),
            **self._own(process),
        }

    def _shared(self) -> Mapping[str, str]:
        peers = {f"ZIKAO_PEERS__{name.upper()}": self._target(name) for name in SERVICES}
        redis = {"ZIKAO_REDIS_URL": self.redis_url} if self.redis_url else {}
        return {
            **peers,
            **redis,
            "ZIKAO_SANDBOX_URL": self.sandbox_url,
            "ZIKAO_GATEWAY_URL": self.gateway_url,
        }

    def _target(self, name: str) -> str:
        """Where gRPC finds a service: at one address, or at those of all its replicas."""
        addresses = [f"127.0.0.1:{process.port}" for process in self.ports.replicas_of(name)]
        return addresses[0] if len(addresses) == 1 else f"ipv4:{','.join(addresses)}"

    def _listening(self, process: Process) -> Mapping[str, str]:
        admin = {"ZIKAO_SERVER__ADMIN_PORT": str(process.admin_port)} if process.admin_port else {}
        shares = process.name in ONE_PORT and len(self.ports.replicas_of(process.name)) > 1
        shared = {"ZIKAO_SERVER__REUSE_PORT": "true"} if shares else {}
        gateways = {"ZIKAO_SERVER__GATEWAYS": "127.0.0.1"} if process.name in SERVICES else {}
        listening = {"ZIKAO_SERVER__HOST": "127.0.0.1", "ZIKAO_SERVER__PORT": str(process.port)}
        return {**listening, **admin, **shared, **gateways}

    def _keys(self, process: Process) -> Mapping[str, str]:
        """A folder with the process's own private key and everybody's public ones; the sandbox makes its own keys."""
        if process.name == "sandbox":
            return {"ZIKAO_KEYS_DIR": str(self.home.keys)}
        return {"ZIKAO_KEYS_DIR": str(ensure_own_keys(self.home.keys, process.name))}

    def _database(self, process: Process) -> Mapping[str, str]:
        if process.name not in SERVICES:
            return {}
        owner, password = make_url(self.database_url), self.home.role_passwords()[process.name]
        own = owner.set(username=role_of(process.name), password=password)
        return {"ZIKAO_DATABASE__URL": own.render_as_string(hide_password=False)}

    def _public_origin(self) -> str:
        return f"http://localhost:{self.ports.of('gateway').port}"

    def _own(self, process: Process) -> Mapping[str, str]:
        if process.name == "identity":
            return {
                "ZIKAO_PUBLIC_ORIGIN": self._public_origin(),
                "ZIKAO_FIELD_KEY": self.home.secret("field"),
                "ZIKAO_INDEX_KEY": self.home.secret("index"),
                "ZIKAO_BLOBS_URL": (self.home.blobs / "portraits").as_uri(),
                # Everybody on a laptop comes from one address: whole journeys and loads of new candidates (ID-15).
                "ZIKAO_REGISTRATIONS_PER_SOURCE": "100000",
                "ZIKAO_BOOTSTRAP_OPERATOR_LOGIN": "operator",
                "ZIKAO_BOOTSTRAP_OPERATOR_PASSWORD": initial_password(self.home, "operator"),
            }
        if process.name == "review":
            return {
                "ZIKAO_FIELD_KEY": self.home.secret("review-field"),
                "ZIKAO_BLOBS_URL": (self.home.blobs / "materials").as_uri(),
            }
        if process.name == "payment":
            outside = self.home.keys / "sandbox"
            return {
                "ZIKAO_FIELD_KEY": self.home.secret("payment-field"),
                "ZIKAO_SANDBOX__PRIVATE_KEY": str(outside / "merchants" / "zikao.pem"),
                "ZIKAO_SANDBOX__PLATFORM_KEYS": str(outside),
            }
        if process.name == "gateway":
            return {
                "ZIKAO_PUBLIC_ORIGIN": self._public_origin(),
                "ZIKAO_FORM_KEY": self.home.secret("gateway-form"),
                # Invented, like everything of the demonstration (EN-17).
                "ZIKAO_CONTACT__PHONE": "021-0000 0000",
                "ZIKAO_CONTACT__EMAIL": "help@example.com",
                "ZIKAO_CONTACT__HOURS_ZH": "工作日 9:00–17:00",
                "ZIKAO_CONTACT__HOURS_EN": "working days 9:00–17:00",
            }
        if process.name == "sandbox":
            return {"ZIKAO_DATA_DIR": str(self.home.sandbox)}
        return {}


def _is_kept(name: str) -> bool:
    kept = not name.startswith("ZIKAO_") or name.startswith(KEPT) or name in STAFF_SECURITY
    return kept and name not in OWNERS
