"""The wiring of the gateway."""

from chassis.clock import SystemClock
from chassis.process.admin_port import Readiness, admin_port
from chassis.process.admission_control import AdmissionControl
from chassis.process.asgi_server import serve_http
from chassis.process.background_tasks import BackgroundTasks
from chassis.rpc.client import channels
from chassis.rpc.revocation_watch import RevocationWatch
from chassis.security.revocations import Revocations
from chassis.security.tokens import Verifier
from chassis.telemetry.tracing import telemetry
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.front_door.http_protocol import bounded_protocol
from gateway.http.front_door.sources import Sources
from gateway.readiness import any_of, service_checks
from gateway.site import SiteContent, site_app

NAME = "gateway"
REQUEST = "request"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    contracts, clock = Contracts.load(config.contracts), SystemClock()
    async with (
        telemetry(config.telemetry, NAME),
        channels(config.peers, signer=None, clock=clock) as peers,
        BackgroundTasks() as background,
    ):
        form_tokens = FormTokens(bytes.fromhex(config.form_key.get_secret_value()))
        sources = Sources(config.trusted_proxies)
        revocations = Revocations(clock)
        background.start(RevocationWatch(peers.identity, revocations).run())
        verifier = Verifier.load(config.keys_dir, clock, audience=NAME, revocations=revocations)
        door = front_door(config, sources, verifier)
        api = Api(contracts, peers, form_tokens, config, door)
        services = service_checks(peers, contracts)
        readiness = Readiness(until={"services": any_of(services)}, watched=services)

        def leave() -> None:
            readiness.drain()
            api.leave()

        content = SiteContent.of(contracts, config.contact)
        async with admin_port(config.server.host, config.server.admin_port, readiness):
            await serve_http(
                App(api, site_app(content, peers, form_tokens, config, clock, door), config),
                config.server,
                draining=leave,
                trusted_proxies=config.trusted_proxies,
                protocol=bounded_protocol(config.front_door, sources),
            )


def front_door(config: Config, sources: Sources, verifier: Verifier) -> FrontDoor:
    """What stands before API and pages alike."""
    return FrontDoor.of(
        config.front_door,
        sources,
        verifier,
        AdmissionControl.of(config.server, REQUEST),
        most_requests=config.server.max_concurrency,
        most_streams=config.limits.streams,
    )
