"""The main job: three stories, one after the other."""

from cli.journey import stories
from cli.journey.cast import Cast


async def play(cast: Cast) -> None:
    """A new candidate to the effective append; an enrolled one to the ticket login; a wrong portrait to the review."""
    stage = cast.stage
    stage.tell("[bold]A new candidate 新生[/bold]")
    await stories.new_candidate(stage, cast.newcomer())
    stage.tell("[bold]An enrolled candidate 在籍考生[/bold]")
    await stories.enrolled_candidate(stage, cast.operator, cast.newcomer())
    stage.tell("[bold]A portrait of somebody else 照片比对不通过[/bold]")
    await stories.mistaken_portrait(stage, cast.reviewer, cast.newcomer(), cast.newcomer())
