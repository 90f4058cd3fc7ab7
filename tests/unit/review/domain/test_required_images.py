"""RE-10: which images a case asks for, and when it is complete."""

import pytest

from services.review.domain.case_kinds import ASKED_FOR, CaseKind
from services.review.domain.cases import Subject
from services.review.domain.required_images import (
    OTHER,
    MaterialKind,
    RequiredImage,
    image_asked_for,
    missing_images,
    require_none_missing,
)
from services.review.errors import ImageNotAskedFor, MaterialsMissing

CERTIFICATE = RequiredImage("CERTIFICATE", MaterialKind.CERTIFICATE, "毕业证书", "Certificate")
LETTER = RequiredImage("LETTER", MaterialKind.EMPLOYMENT_PROOF, "单位介绍信", "Letter", alternative_group="B")
CONTRACT = RequiredImage("CONTRACT", MaterialKind.EMPLOYMENT_PROOF, "劳动合同", "Contract", alternative_group="B")
ASKED = (CERTIFICATE, LETTER, CONTRACT, OTHER)


@pytest.mark.parametrize("kind", CaseKind)
def test_every_kind_of_case_names_its_images_in_both_languages_and_says_how_they_look(kind: CaseKind) -> None:  # RE-10
    images = Subject(kind, "candidate", "subject", "10269").required_images
    assert images == (*ASKED_FOR[kind], OTHER)
    assert all(one.name_zh and one.name_en and one.explanation_zh and one.explanation_en for one in images)
    assert len({one.required_image_id for one in images}) == len(images)


def test_what_a_case_was_opened_with_is_what_it_asks_for() -> None:  # RE-10, EN-4
    named = Subject(CaseKind.SPECIAL_MAJOR, "candidate", "registration", "10246", named_images=(CERTIFICATE,))
    assert named.required_images == (CERTIFICATE, OTHER)


@pytest.mark.parametrize(
    ("handed_in", "missing"),
    [
        ((), [CERTIFICATE, LETTER, CONTRACT]),
        (("CERTIFICATE",), [LETTER, CONTRACT]),
        (("CERTIFICATE", "CONTRACT"), []),
        (("LETTER", "CONTRACT", "OTHER"), [CERTIFICATE]),
    ],
)
def test_of_alternatives_one_suffices_and_more_is_welcome(  # RE-10
    handed_in: tuple[str, ...], missing: list[RequiredImage]
) -> None:
    assert missing_images(ASKED, handed_in) == missing


def test_an_incomplete_case_is_told_every_image_that_is_missing_by_its_id() -> None:  # RE-10
    with pytest.raises(MaterialsMissing) as refused:
        require_none_missing(missing_images(ASKED, {"OTHER"}))
    assert [one.subject for one in refused.value.unmet] == ["CERTIFICATE", "LETTER", "CONTRACT"]
    assert "毕业证书" in refused.value.unmet[0].zh
    assert "替代" in refused.value.unmet[1].zh
    require_none_missing(missing_images(ASKED, {"CERTIFICATE", "LETTER"}))


def test_an_image_that_is_not_asked_for_is_refused() -> None:  # RE-10
    assert image_asked_for(ASKED, "LETTER") is LETTER
    with pytest.raises(ImageNotAskedFor):
        image_asked_for(ASKED, "PORTRAIT")
