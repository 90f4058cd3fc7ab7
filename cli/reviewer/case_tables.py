"""What a reviewer's commands print: a case, the person of a case, a decision to judge again."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from cli.reviewer.case_enums import DecisionVerdict
from cli.staff.api_client import Json
from cli.terminal.formatting import fact_table, local_minute

DETAILS = {
    "sex": "sex",
    "birthDate": "born",
    "ethnicity": "ethnicity or nationality",
    "politicalStatus": "political status",
    "education": "education",
    "occupation": "occupation",
    "householdRegion": "household",
    "postalAddress": "postal address",
    "postalCode": "postal code",
    "email": "e-mail",
    "workplace": "workplace",
    "homePhone": "landline",
}
"""The details of the API that a reviewer reads, by what they are called at the terminal."""


def show_case(case: Json) -> None:
    """A case: what was handed in, where an image was seen with others (RE-8), what was decided."""
    person = f"{case.get('displayName', '')} {case.get('maskedDocumentNumber', '')}".strip()
    facts = [
        ("case", case["caseId"]),
        ("about", ", ".join(part for part in (case["kind"], case.get("subjectName", ""), person) if part)),
        *(("condition", _with_group(one, one["factZh"])) for one in case.get("conditions", [])),
        ("state", f"{case['state']}, submission {of_three(case)}, etag {case['etag']}"),
        ("deadline", local_minute(case.get("deadline"))),
        ("claimed until", local_minute(case.get("claimExpireTime"))),
    ]
    if case.get("effectTime"):
        facts.append(("decision in effect", local_minute(case["effectTime"])))
    for decision in case.get("decisions", []):
        words = " ".join(part for part in (_reason(decision), decision.get("note", "")) if part)
        facts.append((f"decision {decision['submission']}", f"{decision['verdict']} {words}; {decision['nextStepEn']}"))
    print_table(fact_table([*facts, *_materials(case)]))


def show_second(review: Json) -> None:
    """What the first reviewer had before them (RE-9)."""
    case = ("case", f"{review['caseId']}, submission {review['submission']}")
    about = ("about", f"{review['kind']}, {review['displayName']} {review['maskedDocumentNumber']}")
    print_table(fact_table([case, about, *_materials(review)]))


def show_person(candidate: Json) -> None:
    """Whom a case is about, as registered: what the proofs are compared with (RE-4)."""
    details = candidate.get("details", {})
    facts = [
        ("name", candidate.get("displayName", "")),
        ("document", f"{candidate.get('documentType', '')} {candidate.get('documentNumber', '')}"),
        *((title, details.get(name, "")) for name, title in DETAILS.items()),
        ("details changed", local_minute(candidate.get("updateTime"))),
        ("portrait stored", local_minute(candidate.get("portraitUpdateTime")) or "there is none"),
    ]
    print_table(fact_table(facts))


def _with_group(one: Json, words: str) -> str:
    """What is asked for, and that one of a group is enough."""
    group = one.get("alternativeGroup", "")
    return f"{words} (one of {group})" if group else words


def _materials(case: Json) -> Iterator[tuple[str, str]]:
    """The images under the names by which the case asks for them, and the names of those that are missing (RE-10)."""
    asked = {one["requiredImageId"]: one for one in case.get("requiredImages", [])}
    for missing in case.get("missingImageIds", []):
        yield "image missing", _with_group(asked[missing], f"{missing} {asked[missing]['nameZh']}")
    for material in case.get("materials", []):
        size = f"{material['width']}×{material['height']}"
        known = asked.get(material.get("requiredImageId", ""))
        name = f"{material['kind']} {known['nameZh']}" if known else material["kind"]
        yield f"image {material['submission']}", f"{name} {size} {material['materialId']}"
        for other in material.get("duplicates", []):
            seen = "the very same file" if other.get("exact") else "looks the same"
            where = f"case {other['caseId']}" if other.get("caseId") else "a case of another organisation"
            yield "  seen with others", f"{seen} as in {where} (RE-8)"


def print_table(table: Table, sentence: str = "") -> None:
    """A table and what it comes to. Nothing in it is markup: notes are anybody's words."""
    console = Console(soft_wrap=True, markup=False, emoji=False)
    console.print(table)
    if sentence:
        console.print(sentence, highlight=False)


def _reason(decision: Json) -> str:
    """Why; nothing for an approval."""
    return "" if decision["verdict"] == DecisionVerdict.APPROVED.value else str(decision["reason"])


def of_three(case: Json) -> str:
    """Which submission it is, and how many are left (RE-5)."""
    return f"{case.get('submission', 0)} ({case.get('submissionsLeft', 0)} left)"


def file_name(material: Json) -> str:
    """What an image is saved as: which submission, what it shows, its id."""
    return f"{material['submission']}-{material['kind'].lower()}-{material['materialId']}.jpg"
