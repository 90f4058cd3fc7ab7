"""Each type of document: who registers with it, whether the register or a reviewer decides, and its ticket number."""

import random
from dataclasses import replace

from cli.demo.invented_people import FORMS, Person, invent
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import PASSWORD, Candidate
from cli.journey.steps.participants import Participants
from sandbox.portraits import portrait

NAMES = {
    "RESIDENT_CARD": "a resident card 身份证",
    "MINOR_RESIDENT_CARD": "a minor's resident card 未成年人身份证",
    "HOME_RETURN_PERMIT": "a home-return permit 港澳居民来往内地通行证",
    "TAIWAN_PERMIT": "a Taiwan permit 台湾居民来往大陆通行证",
    "HMT_RESIDENCE_PERMIT": "a Hong Kong, Macao and Taiwan residence permit 港澳台居民居住证",
    "PERMANENT_RESIDENT_CARD": "a foreign permanent resident card 外国人永久居留证",
}


async def play(cast: Participants) -> None:
    """Everybody registers and receives a ticket number (ID-2, ID-7, ID-8, ID-9)."""
    await _photo_rules(cast)
    for document_type, forms in FORMS.items():
        for form in range(len(forms)):
            person = invent(random.SystemRandom(), document_type, form)
            await (_compared(cast, person) if person.face_matched else _reviewed(cast, person))
    await _renewed(cast)


async def _photo_rules(cast: Participants) -> None:
    visitor = cast.stage.visitor
    rules = await visitor.get("read the photo rules", "/v1/photo-rules")
    sample = await visitor.call("look at the sample", "GET", rules["sampleUri"])
    cast.stage.tell(
        f"Before any upload: at least {rules['minWidth']}×{rules['minHeight']} on {'或'.join(rules['backgrounds'])}, "
        f"and a sample of {len(sample.content):,} bytes (ID-6)."
    )


async def _compared(cast: Participants, person: Person) -> None:
    await cast.stage.outside.know(person)
    candidate = await _registered(cast, person)
    await candidate_steps.check_face(candidate, "MATCHED")
    number = await candidate_steps.ticket_number(candidate)
    cast.stage.tell(f"With {NAMES[person.document_type]}: the face matches; ticket number {number} (ID-7, ID-9).")


async def _reviewed(cast: Participants, person: Person) -> None:
    candidate = await _registered(cast, person)
    answer = await candidate_steps.check_face(candidate, "SENT_TO_REVIEW")
    case_id = str(answer["reviewCaseId"])
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(person.portrait_seed))
    await reviewer_steps.approve(cast.reviewer, case_id)
    number = await candidate_steps.ticket_number(candidate)
    cast.stage.tell(
        f"With {NAMES[person.document_type]}, {len(person.document_number)} characters: "
        f"straight to the host school, approved; ticket number {number} (ID-8, ID-9)."
    )


async def _registered(cast: Participants, person: Person) -> Candidate:
    candidate = await candidate_steps.create_account(cast.stage.visitor, person)
    await candidate_steps.register(candidate)
    await candidate_steps.give_particulars(candidate, cast.stage.outside)
    await candidate_steps.upload_portrait(candidate, portrait(person.portrait_seed))
    return candidate


async def _renewed(cast: Participants) -> None:
    visitor, person = cast.stage.visitor, invent(random.SystemRandom(), "HOME_RETURN_PERMIT")
    await candidate_steps.create_account(visitor, person)
    renewed = replace(person, document_number=f"{person.document_number}02")
    await reviewer_steps.log_in(visitor, renewed.document_number, PASSWORD)
    cast.stage.tell("A renewed permit is the same person: it opens the account there is (ID-2).")
