"""The main job: three stories, one after the other."""

from cli.journey.steps import candidate_stories
from cli.journey.steps.participants import Participants


async def play(cast: Participants) -> None:
    """A new candidate to the effective append; an enrolled one to the ticket login; a wrong portrait to the review."""
    stage = cast.stage
    stage.tell("[bold]A new candidate 新生[/bold]")
    await candidate_stories.new_candidate(stage, cast.newcomer())
    stage.tell("[bold]An enrolled candidate 在籍考生[/bold]")
    await candidate_stories.enrolled_candidate(stage, cast.operator, cast.newcomer())
    stage.tell("[bold]A portrait of somebody else 照片比对不通过[/bold]")
    await candidate_stories.mistaken_portrait(stage, cast.reviewer, cast.newcomer(), cast.newcomer())
