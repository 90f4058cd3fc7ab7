"""What a paper says and how it is made: every fact, embedded fonts cut down, sheets as needed (EN-18)."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from chassis.clock import SHANGHAI
from gateway.portal.papers.content import Course, Fact, PaperContent
from gateway.portal.papers.document import MISSING, draw

MOST_BYTES = 300_000
CODE = "7K2M-9QXA-B3CD-EF45-GH67-JK89"
MAO = "毛泽东思想和中国特色社会主义理论体系概论"


def portrait() -> bytes:
    image = io.BytesIO()
    Image.effect_noise((480, 640), 64).convert("RGB").save(image, "JPEG", quality=90)
    return image.getvalue()


@pytest.fixture(scope="module")
def content() -> PaperContent:
    """A confirmation of two courses, of somebody whose name few fonts can write."""
    return PaperContent(
        title_zh="报考确认单",
        title_en="Confirmation",
        session="2026 年 10 月",
        person=[Fact("姓名", "Name", "欧阳𬍛㛃"), Fact("证件号码", "Document number", "11010519491231002X")],
        registration=[Fact("准考证号", "Ticket number", "026000000123"), Fact("主考学校", "Host", "华东师范大学")],
        courses=[
            Course("15040", MAO, "理论课", "4", "2026-10-24 周六 09:00–11:30", "65.00"),
            Course("14106", "实验（实践）", "学校实践课", "2", "时间待公布", "学校收取"),
        ],
        total="共 2 门课程，在线缴费合计 65.00 元",
        notes=["所列课程均已有效。"],
        check_code=CODE,
        check_address="https://register.example/papers/check",
        check_url=f"https://register.example/papers/check?check_code={CODE}",
        issue_time=datetime(2026, 10, 1, 15, 30, tzinfo=SHANGHAI),
        portrait=portrait(),
    )


@pytest.fixture(scope="module")
def pdf(content: PaperContent) -> bytes:
    return draw(PaperContent.of_json(content.to_json()))


def sheets(pdf: bytes) -> list[str]:
    """The texts of its sheets, without the ends of lines, which fall where they may."""
    with pypdfium2.PdfDocument(pdf) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_paper_says_every_fact(pdf: bytes, content: PaperContent) -> None:  # EN-18
    (text,) = sheets(pdf)
    said = [content.title_zh, content.title_en, content.session, content.total, *content.notes, content.check_address]
    said += [part for fact in (*content.person, *content.registration) for part in (fact.zh, fact.en, fact.value)]
    said += [part for one in content.courses for part in (one.code, one.name, one.kind, one.credits, one.time, one.fee)]
    assert [part for part in said if squeezed(part) not in text] == []
    assert text.count(CODE) == 2, "in the box, and at the foot of the sheet"
    assert "2026-10-0115:30" in text


def test_its_fonts_are_embedded_and_cut_down_and_it_is_small(pdf: bytes) -> None:  # EN-18
    fonts = set(re.findall(rb"/BaseFont /(\S+)", pdf))
    subsets = {re.sub(rb"^[A-Z]{6}\+", b"subset of ", font) for font in fonts}
    assert subsets == {b"subset of NotoSansSC", b"subset of NotoSerifSC"}
    assert len(re.findall(rb"/FontFile3 \d+ 0 R", pdf)) == 2
    assert len(pdf) < MOST_BYTES


def test_names_are_written_with_rare_characters_and_what_no_font_has_is_said(content: PaperContent) -> None:
    # EN-18, ID-21
    named = replace(content, person=[Fact("姓名", "Name", "李\U00020000"), *content.person[1:]], portrait=b"")
    (text,) = sheets(draw(named))
    assert ("李" + MISSING in text, "U+20000" in text, "无照片" in text) == (True, True, True)
    assert "\U00020000" not in text


def test_many_courses_and_long_names_take_further_sheets_each_with_code_and_headings(content: PaperContent) -> None:
    # EN-18
    name = "买买提·艾力江·阿卜杜热合曼·伊明江·吐尔逊江·麦麦提明·古丽巴哈尔·热依汗古丽"
    many = [replace(content.courses[0], code=f"{number:05d}") for number in range(24)]
    texts = sheets(draw(replace(content, person=[Fact("姓名", "Name", name)], courses=many, portrait=b"")))
    assert len(texts) == 2
    assert name in texts[0]
    assert [CODE in text and "课程代码" in text for text in texts] == [True, True]
    assert [f"{number:05d}" for number in range(24) if f"{number:05d}{MAO[:4]}" not in "".join(texts)] == []


@pytest.mark.parametrize("turn", [lambda image: image, lambda image: image.rotate(3, fillcolor="white")])
def test_whoever_scans_the_code_comes_to_the_check(
    pdf: bytes, content: PaperContent, turn: Callable[[Image.Image], Image.Image]
) -> None:  # EN-18
    with pypdfium2.PdfDocument(pdf) as document:
        sheet = turn(document[0].render(scale=3).to_pil().convert("L"))
    read, *_ = cv2.QRCodeDetector().detectAndDecode(np.asarray(sheet))
    assert read == content.check_url
