"""What a special major asks for goes along when its case is opened (EN-4, RE-10)."""

from services.enrollment.domain.catalogue import SpecialProof
from services.enrollment.domain.registrations import CaseKind, CaseToOpen
from services.enrollment.mapping.peer_messages import case_to_open

PROOFS = (
    SpecialProof("CONDITION", "在岗临床护理人员", "A", "Working as a nurse"),
    SpecialProof("DOCUMENT", "单位介绍信", "B", "Letter", "EMPLOYMENT_PROOF", "盖公章。", "With the seal."),
    SpecialProof("DOCUMENT", "劳动合同", "B", "Contract", "EMPLOYMENT_PROOF"),
    SpecialProof("DOCUMENT", "毕业证书", "", "Certificate", "CERTIFICATE"),
)


def test_documents_become_required_images_by_name_and_conditions_go_beside_them() -> None:  # RE-10, EN-4
    case = CaseToOpen("case", CaseKind.SPECIAL_MAJOR, "candidate", "registration", "10246", "护理学", PROOFS)
    request = case_to_open(case)
    assert (request.organisation, request.subject_name) == ("10246", "护理学")
    assert [(one.fact_zh, one.alternative_group) for one in request.conditions] == [("在岗临床护理人员", "A")]
    assert [(one.required_image_id, one.name_zh, one.alternative_group) for one in request.required_images] == [
        ("PROOF_CERTIFICATE", "毕业证书", ""),
        ("PROOF_EMPLOYMENT_PROOF", "单位介绍信", "B"),
        ("PROOF_EMPLOYMENT_PROOF_2", "劳动合同", "B"),
    ]
    assert request.required_images[1].explanation_zh == "盖公章。"


def test_a_practice_course_names_no_images_of_its_own() -> None:  # RE-10, EN-10
    case = CaseToOpen("case", CaseKind.PRACTICE_COURSE, "candidate", "selection", "10246", "数据库（实践）")
    assert not case_to_open(case).required_images
