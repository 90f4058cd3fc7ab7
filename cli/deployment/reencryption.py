"""`zikao reencrypt NAME`: what a service has sealed under earlier keys, put under the one in use."""

from collections import Counter

from rich.console import Console

from chassis.postgres.database import database
from chassis.reencryption import IMAGES, count_remaining, reencrypt
from chassis.security.encryption import Undecipherable
from cli.deployment.service_process import configured
from cli.terminal.formatting import progress_bar
from cli.terminal.known_failures import KnownFailure

STATEMENT_SECONDS = 60.0
"""To find what is left among millions of rows takes longer than anything a service asks."""


class KeyMissing(KnownFailure):
    """Something was sealed with a key that is not configured."""


async def reencrypt_service(console: Console, service: str) -> None:
    """Rewrites rows and images while the service works; safe to end and to repeat. Raises Misconfigured, KeyMissing."""
    module, config = configured(service)
    encrypted_data = module.encrypted_data(config)
    patient = config.database.model_copy(update={"statement_timeout_seconds": STATEMENT_SECONDS})
    rewritten: Counter[str] = Counter()
    async with database(patient, service) as db:
        with progress_bar(console) as bar:
            tasks = {
                name: bar.add_task(name, total=count)
                for name, count in (await count_remaining(encrypted_data, db)).items()
            }
            tasks[IMAGES] = bar.add_task(IMAGES, total=None)
            try:
                async for step in reencrypt(encrypted_data, db):
                    bar.advance(tasks[step.what], step.looked_at)
                    rewritten[step.what] += step.rewritten
            except Undecipherable as unknown:
                raise KeyMissing(f"{service}: {unknown}; name it in ZIKAO_RETIRED_FIELD_KEYS and repeat") from unknown
    done = ", ".join(f"{rewritten[name]:,} {name}" for name in tasks)
    console.print(f"{service}: {done} were put under the key in use.")
