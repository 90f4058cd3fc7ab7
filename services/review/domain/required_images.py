"""The images that a case asks for, each by name (RE-10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from chassis.errors import Unmet
from services.review.errors import ImageNotAskedFor, MaterialsMissing


class MaterialKind(Enum):
    """What an image shows."""

    DOCUMENT_FRONT = "DOCUMENT_FRONT"
    DOCUMENT_BACK = "DOCUMENT_BACK"
    HOLDING_DOCUMENT = "HOLDING_DOCUMENT"
    CERTIFICATE = "CERTIFICATE"
    EMPLOYMENT_PROOF = "EMPLOYMENT_PROOF"
    OTHER = "OTHER"
    PORTRAIT = "PORTRAIT"


@dataclass(frozen=True, slots=True)
class RequiredImage:
    """One named proof (所需材料). Those of one `alternative_group` stand for each other."""

    required_image_id: str
    kind: MaterialKind
    name_zh: str
    name_en: str = ""
    explanation_zh: str = ""
    explanation_en: str = ""
    alternative_group: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What a special major asks of its candidates (EN-4), for the reviewer to compare the images with."""

    fact_zh: str
    fact_en: str = ""
    alternative_group: str = ""


OTHER: Final = RequiredImage(
    MaterialKind.OTHER.value,
    MaterialKind.OTHER,
    "补充材料",
    "Anything further",
    "审核员要求补充，或您认为有助于审核的其他图片；可以上传多张。",
    "What the reviewer asked for beside the above, or what else helps to decide; several images if need be.",
    optional=True,
)

DOCUMENT_FRONT: Final = RequiredImage(
    MaterialKind.DOCUMENT_FRONT.value,
    MaterialKind.DOCUMENT_FRONT,
    "证件正面",
    "Front of the document",
    "印有照片、姓名和号码的一面。四角完整，字迹清晰，无反光、无遮挡。",
    "The side with photo, name and number. All four corners in the picture, every word sharp, no glare.",
)
DOCUMENT_BACK: Final = RequiredImage(
    MaterialKind.DOCUMENT_BACK.value,
    MaterialKind.DOCUMENT_BACK,
    "证件反面",
    "Back of the document",
    "印有签发机关和有效期的一面。证件须在有效期内。",
    "The side with the issuing authority and the period of validity. The document must still be valid.",
)
HOLDING_DOCUMENT: Final = RequiredImage(
    MaterialKind.HOLDING_DOCUMENT.value,
    MaterialKind.HOLDING_DOCUMENT,
    "本人手持证件",
    "You, holding the document",
    "本人正面免冠半身照，手持证件正面，面部和证件号码都看得清。请他人协助拍摄，不要使用镜像自拍。",
    "You from the waist up, bareheaded, holding the document's front: face and number both readable. Let somebody"
    " else take it; a mirrored selfie cannot be read.",
)
PORTRAIT: Final = RequiredImage(
    MaterialKind.PORTRAIT.value,
    MaterialKind.PORTRAIT,
    "报名照片",
    "Portrait",
    "在“更换照片”页面上传，提交更正时自动附上。",
    "Uploaded where the photo is replaced; it is added when the correction is handed in.",
)
COURSE_CONDITION: Final = RequiredImage(
    MaterialKind.CERTIFICATE.value,
    MaterialKind.CERTIFICATE,
    "实践课程报考条件证明",
    "Proof that the course's conditions are met",
    "学校要求的证明，例如相关课程的合格成绩单或已完成实习的证明。",
    "What the school asks for, such as the passed marks of related courses, or the proof of an internship.",
)

DOCUMENT_IMAGES: Final = (DOCUMENT_FRONT, DOCUMENT_BACK, HOLDING_DOCUMENT)


def image_asked_for(asked: Iterable[RequiredImage], required_image_id: str) -> RequiredImage:
    """One of the images that a case asks for. Raises ImageNotAskedFor."""
    for image in asked:
        if image.required_image_id == required_image_id:
            return image
    raise ImageNotAskedFor(image=required_image_id)


def missing_images(asked: Sequence[RequiredImage], handed_in: Collection[str]) -> list[RequiredImage]:
    """Those of the images that are still to be handed in, by the ids of what was; of alternatives every one, while
    there is none of them.
    """
    given = {one.alternative_group for one in asked if one.required_image_id in handed_in and one.alternative_group}
    return [
        one
        for one in asked
        if not one.optional and one.required_image_id not in handed_in and one.alternative_group not in given
    ]


def require_none_missing(missing: Sequence[RequiredImage]) -> None:
    """Raises MaterialsMissing, which names each by its id, so that a page leads to it."""
    if missing:
        ids = ", ".join(one.required_image_id for one in missing)
        raise MaterialsMissing(unmet=[_unmet(one) for one in missing], images=ids)


def _unmet(image: RequiredImage) -> Unmet:
    alone = not image.alternative_group
    zh = f"缺少“{image.name_zh}”。" if alone else f"缺少“{image.name_zh}”，或可替代它的另一项。"
    name = image.name_en or image.name_zh
    en = f"An image is missing: {name}." if alone else f"An image is missing: {name}, or one that may stand for it."
    return Unmet("IMAGE_MISSING", image.required_image_id, zh, en, "UPLOAD_IMAGE")
