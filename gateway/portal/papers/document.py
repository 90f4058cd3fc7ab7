"""A paper as PDF (EN-18), drawn by a process of its own: its facts come in as JSON, the document goes out.

Everything is in Chinese with English in small beside it, since offices read it. Fonts are embedded, cut down to the
characters that are used.
"""

import resource
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import Final

import segno
from fpdf import FPDF, FontFace
from fpdf.enums import Align, MethodReturnValue, TableBordersLayout, WrapMode, XPos, YPos
from fpdf.fonts import TTFFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from gateway.portal.papers.content import Fact, PaperContent

MOST_MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Of addresses, of which a tenth is in use; a document that wants more than that is not drawn."""

MISSING: Final = "〓"
"""What printers have always set where they have no type for a character."""

SANS, SERIF = "sans", "serif"
INK, FAINT, PALE, WHITE = (0, 0, 0), (90, 90, 90), (242, 242, 242), (255, 255, 255)
MARGIN: Final = 18.0
WIDTH: Final = 210.0 - 2 * MARGIN
PORTRAIT: Final = (30.0, 40.0)
QR: Final = 30.0
ROW: Final = 10.0
BOTTOM: Final = 22.0


def draw(content: PaperContent) -> bytes:
    """The PDF."""
    pdf = _Sheet(content)
    pdf.add_page()
    pdf.heading()
    pdf.person()
    pdf.facts(content.registration)
    pdf.courses()
    pdf.check()
    return bytes(pdf.output())


class _Sheet(FPDF):
    """The sheets of one paper."""

    def __init__(self, content: PaperContent) -> None:
        super().__init__(format="A4")
        self._content = content
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, BOTTOM)
        self.add_font(SANS, "", sans_path())
        self.add_font(SERIF, "", serif_path())
        sans, serif = (font for font in self.fonts.values() if isinstance(font, TTFFont))
        self._drawable = sans.cmap.keys() & serif.cmap.keys()
        self.set_lang("zh-CN")
        self.set_title(f"{content.title_zh} {content.title_en}")
        self.set_creation_date(content.issue_time)

    def footer(self) -> None:
        """The code on every sheet, so that none goes for another's."""
        self.set_y(-14)
        self._type(SANS, 8, FAINT)
        self.cell(WIDTH * 0.75, 5, f"{self._content.title_zh} · 验证码 {self._content.check_code}")
        self.cell(WIDTH * 0.25, 5, f"第 {self.page_no()} 页 / 共 {{nb}} 页", align=Align.R)

    def heading(self) -> None:
        """What it is, and of which session."""
        content = self._content
        self._type(SERIF, 12)
        self._line("高等教育自学考试", 7)
        self._type(SERIF, 22)
        self._line(content.title_zh, 12)
        self._type(SANS, 9, FAINT)
        self._line(content.title_en, 5)
        self._type(SANS, 11)
        self._line(content.session, 8)
        self.ln(2)

    def person(self) -> None:
        """Who it is about, beside the portrait."""
        top = self.get_y()
        self.facts(self._content.person, WIDTH - PORTRAIT[0] - 4)
        below = max(self.get_y(), top + PORTRAIT[1] + 2)
        left = MARGIN + WIDTH - PORTRAIT[0]
        self.set_draw_color(FAINT)
        if self._content.portrait:
            box = (left, top, *PORTRAIT)
            self.image(BytesIO(self._content.portrait), *box, keep_aspect_ratio=True, alt_text="照片")
        else:
            self.rect(left, top, *PORTRAIT)
            self._type(SANS, 9, FAINT)
            self.set_xy(left, top + PORTRAIT[1] / 2 - 3)
            self.cell(PORTRAIT[0], 6, "无照片", align=Align.C)
        self.set_xy(MARGIN, below)

    def facts(self, facts: Sequence[Fact], width: float = WIDTH) -> None:
        """Labels with what they are about, one under the other."""
        for fact in facts:
            self._fact(fact, width)
        self.ln(2)

    def courses(self) -> None:
        """The table of courses; its heading stands on every sheet."""
        self._type(SANS, 9)
        self.set_draw_color(FAINT)
        heads = (
            "课程代码\nCode",
            "课程名称\nCourse",
            "类别\nKind",
            "学分\nCredits",
            "考试时间\nTime",
            "费用（元）\nFee",
        )
        self.set_fill_color(WHITE)
        heading = FontFace(family=SANS, size_pt=8, color=INK, fill_color=PALE, emphasis="")
        with self.table(
            width=WIDTH,
            col_widths=(15, 54, 20, 13, 52, 20),
            text_align=(Align.L, Align.L, Align.L, Align.C, Align.L, Align.R),
            borders_layout=TableBordersLayout.ALL,
            headings_style=heading,
            line_height=5,
            padding=1.2,
            wrapmode=WrapMode.CHAR,
        ) as table:
            table.row(heads)
            for one in self._content.courses:
                table.row([self._text(cell) for cell in (one.code, one.name, one.kind, one.credits, one.time, one.fee)])
        self._type(SANS, 10)
        self.cell(WIDTH, 8, self._content.total, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def check(self) -> None:
        """What the paper is worth, and how anybody learns whether it still is."""
        content = self._content
        notes = [*content.notes, *self._missing_note()]
        if self.get_y() + QR + 12 + 5 * len(notes) > self.h - BOTTOM:
            self.add_page()
        self._type(SANS, 9, FAINT)
        for note in notes:
            self.multi_cell(WIDTH, 5, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR)
        self.ln(2)
        top = self.get_y()
        self.set_draw_color(FAINT)
        self.rect(MARGIN, top, WIDTH, QR + 6)
        self._qr(MARGIN + 3, top + 3)
        left, width = MARGIN + QR + 8, WIDTH - QR - 11
        self.set_xy(left, top + 1.5)
        self._type(SANS, 9, FAINT)
        self._beside(left, width, "验证码 Check code", 5)
        self._type(SANS, 13)
        self._beside(left, width, content.check_code, 8)
        self._type(SANS, 9)
        self._beside(left, width, "扫描二维码，或在以下网址输入验证码，即可查验本件是否仍然有效：", 5)
        self._beside(left, width, content.check_address, 5)
        self._type(SANS, 8, FAINT)
        self._beside(left, width, "Scan the code, or type it at the address, to see whether this paper still holds.", 5)
        self._beside(left, width, f"生成时间 Issued {content.issue_time:%Y-%m-%d %H:%M}（北京时间）", 5)

    def _fact(self, fact: Fact, width: float) -> None:
        label = 34.0
        value = self._text(fact.value)
        self._type(SANS, 11)
        shape = width - label - 2, 6
        lines = self.multi_cell(*shape, value, dry_run=True, output=MethodReturnValue.LINES, wrapmode=WrapMode.CHAR)
        assert isinstance(lines, list)
        height = max(ROW, 6.0 * len(lines) + 2)
        left, top = MARGIN, self.get_y()
        self.set_draw_color(FAINT)
        self.set_fill_color(PALE)
        self.rect(left, top, label, height, style="DF")
        self.rect(left + label, top, width - label, height)
        self._type(SANS, 10)
        self.set_xy(left + 2, top + height / 2 - 4.5)
        self.cell(label - 4, 5, fact.zh)
        self._type(SANS, 7, FAINT)
        self.set_xy(left + 2, top + height / 2)
        self.cell(label - 4, 4, fact.en)
        self._type(SANS, 11)
        self.set_xy(left + label + 1, top + (height - 6.0 * len(lines)) / 2)
        self.multi_cell(*shape, value, align=Align.L, wrapmode=WrapMode.CHAR)
        self.set_xy(left, top + height)

    def _qr(self, left: float, top: float) -> None:
        """Squares, not an image: sharp at any size."""
        rows = list(segno.make(self._content.check_url, error="m", micro=False).matrix)
        side = QR / len(rows)
        self.set_fill_color(INK)
        for line, row in enumerate(rows):
            for column, dark in enumerate(row):
                if dark:
                    self.rect(left + column * side, top + line * side, side, side, style="F")

    def _beside(self, left: float, width: float, text: str, height: float) -> None:
        self.set_x(left)
        self.multi_cell(width, height, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR)

    def _line(self, text: str, height: float) -> None:
        self.cell(WIDTH, height, self._text(text), align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _type(self, family: str, size: float, color: tuple[int, int, int] = INK) -> None:
        self.set_font(family, size=size)
        self.set_text_color(color)

    def _text(self, text: str) -> str:
        """What can be drawn of a text: no box stands for a character, but the mark that says that it lacks."""
        return "".join(letter if self._is_drawable(letter) else MISSING for letter in text)

    def _is_drawable(self, letter: str) -> bool:
        return letter == "\n" or ord(letter) in self._drawable

    def _missing_note(self) -> list[str]:
        """Which characters the mark stands for: of the person's name above all."""
        texts = [fact.value for fact in (*self._content.person, *self._content.registration)]
        texts += [course.name for course in self._content.courses]
        lacking = dict.fromkeys(letter for text in texts for letter in text if not self._is_drawable(letter))
        names = "、".join(f"U+{ord(letter):04X}" for letter in lacking)
        return [f"{MISSING} 依次代表字库未收录的字符：{names}，以证件为准。"] if lacking else []


def main() -> None:
    """Draws what comes in."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    sys.stdout.buffer.write(draw(PaperContent.of_json(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
