"""Plays scenarios once, told step by step."""

from collections.abc import Sequence

import httpx
from rich.console import Console

from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.target_suite import CALL_SECONDS, TargetSuite, suite_at
from cli.journey.scenarios.scenario_table import SCENARIOS
from cli.journey.steps.journey_context import Tell, read_context
from cli.journey.steps.participants import assemble


async def play_scenarios(target: TargetSuite, console: Console, scenarios: Sequence[str]) -> None:
    """Plays scenarios by name, one after the other. Raises Deviation where anything is not as the rules say."""
    async with (
        suite_at(target, console) as (gateway_url, sandbox_url),
        httpx.AsyncClient(timeout=CALL_SECONDS) as http,
    ):
        stage = await read_context(http, Meter(), gateway_url, sandbox_url, _to(console))
        console.print(f"[bold]{stage.session['displayNameZh']}[/bold] at {stage.visitor.base_url}")
        cast = await assemble(target.home, http, stage)
        for name in scenarios:
            console.print(f"\n[bold]{name}[/bold]: {SCENARIOS[name].shows}")
            await SCENARIOS[name].play(cast)
    console.print("\nThe whole journey went as the rules say.")


def _to(console: Console) -> Tell:
    def tell(sentence: str) -> None:
        mark = "\n" if sentence.startswith("[bold]") else "  [green]✓[/green] "
        console.print(f"{mark}{sentence}", highlight=False, soft_wrap=True)

    return tell
