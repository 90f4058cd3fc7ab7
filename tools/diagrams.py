"""`make diagrams`: draws the pictures of docs/architecture as SVG, each from a list of what is in it.

They follow the reader's light or dark scheme. A test fails when a picture and its list differ.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "architecture"
WIDTH: Final = 960

STYLE: Final = """\
text { font: 14px system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; fill: #1d2b30; }
.title { font-weight: 650; }
.small { font-size: 12px; fill: #51636a; }
.word { font-size: 12px; fill: #51636a; paint-order: stroke; stroke: #fbfaf7; stroke-width: 5px; }
.sheet { fill: #fbfaf7; }
.box { fill: #ffffff; stroke: #1f4e5f; stroke-width: 1.5; }
.edge { fill: #e6f1f3; stroke: #1f4e5f; stroke-width: 1.5; }
.outside { fill: #fdf6ec; stroke: #9a6b2f; stroke-width: 1.5; stroke-dasharray: 5 4; }
.note { fill: #f3efe2; stroke: #c9bf9f; }
.life { stroke: #b8c4c8; stroke-width: 1.2; stroke-dasharray: 2 4; }
.call { stroke: #1f4e5f; stroke-width: 1.6; fill: none; marker-end: url(#call); }
.join { stroke: #1f4e5f; stroke-width: 1.6; fill: none; }
.answer { stroke: #1f4e5f; stroke-width: 1.3; fill: none; stroke-dasharray: 6 4; marker-end: url(#call); }
.event { stroke: #b3541e; stroke-width: 1.8; fill: none; stroke-dasharray: 2 3; marker-end: url(#event); }
#call path { fill: #1f4e5f; }
#event path { fill: #b3541e; }
@media (prefers-color-scheme: dark) {
text { fill: #e4ecee; }
.small { fill: #a3b4ba; }
.word { fill: #a3b4ba; stroke: #10191c; }
.sheet { fill: #10191c; }
.box { fill: #18262b; stroke: #7fb6c6; }
.edge { fill: #17343d; stroke: #7fb6c6; }
.outside { fill: #2a2116; stroke: #d0a262; }
.note { fill: #26261c; stroke: #6d6a50; }
.life { stroke: #4a5a60; }
.call, .answer, .join { stroke: #7fb6c6; }
.event { stroke: #ee9a62; }
#call path { fill: #7fb6c6; }
#event path { fill: #ee9a62; }
}"""

MARKERS: Final = "".join(
    f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z"/></marker>'
    for name in ("call", "event")
)


@dataclass(frozen=True, slots=True)
class Box:
    """Something with a name and lines that say what it does; sizes in pixels."""

    x: int
    y: int
    width: int
    height: int
    name: str
    lines: tuple[str, ...] = ()
    kind: str = "box"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line through points, with a word beside it."""

    points: tuple[tuple[int, int], ...]
    words: str = ""
    at: tuple[int, int] = (0, 0)
    kind: str = "call"


@dataclass(frozen=True, slots=True)
class Step:
    """What one participant asks of another, answers, or tells; the name of one alone is a note beside it."""

    start: str
    end: str
    words: str
    kind: str = "call"


@dataclass(slots=True)
class Drawing:
    """An SVG that grows by one element a line."""

    title: str
    description: str
    height: int
    elements: list[str] = field(default_factory=list)

    def box(self, box: Box) -> None:
        """A rounded rectangle with its name above its lines, all in its middle."""
        self.elements.append(
            f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="8"/>'
        )
        middle, lines = box.x + box.width // 2, len(box.lines)
        top = box.y + (box.height - 17 * lines) // 2 + 5
        self.text(middle, top, box.name, "title")
        for number, line in enumerate(box.lines, 1):
            self.text(middle, top + 1 + 17 * number, line, "small")

    def arrow(self, arrow: Arrow) -> None:
        """A line with its word."""
        path = "L".join(f"{x} {y}" for x, y in arrow.points)
        self.elements.append(f'<path class="{arrow.kind}" d="M{path}"/>')
        if arrow.words:
            self.text(*arrow.at, arrow.words, "word")

    def text(self, x: int, y: int, words: str, kind: str, anchor: str = "middle") -> None:
        """A line of text."""
        self.elements.append(f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>')

    def svg(self) -> str:
        """The whole file."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" role="img"'
            ' aria-labelledby="title desc">'
        )
        lines = [
            head,
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.description)}</desc>',
            f"<style>\n{STYLE}\n</style>",
            f"<defs>{MARKERS}</defs>",
            f'<rect class="sheet" width="{WIDTH}" height="{self.height}" rx="10"/>',
            *self.elements,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def context() -> Drawing:
    """Who uses Zikao, and what it depends on."""
    drawing = Drawing(
        "Zikao and the world around it",
        "Candidates, reviewers and operators use Zikao by web pages or HTTP. Zikao asks the police register, sends"
        " messages, has fees paid on the public-payment platform, and fetches receipts from the receipt portal.",
        height=310,
    )
    people = (
        ("candidates 考生", "register, choose, pay"),
        ("reviewers 审核员", "decide cases"),
        ("operators 考试院", "run the session"),
    )
    outside = (
        ("police register 公安库", "is this the person?"),
        ("messages 短信、邮件", "codes and news"),
        ("public payment 公共支付", "QR codes, bills, refunds"),
        ("receipt portal 电子票据", "fiscal receipts"),
    )
    drawing.box(Box(375, 30, 210, 250, "Zikao 自考报名", ABOUT, "edge"))
    for row, (name, line) in enumerate(people):
        y = 30 + 90 * row
        drawing.box(Box(25, y, 205, 70, name, (line,)))
        drawing.arrow(Arrow(((230, y + 35), (373, y + 35))))
    drawing.text(302, 55, "web pages,", "small")
    drawing.text(302, 85, "HTTP/JSON", "small")
    for row, (name, line) in enumerate(outside):
        y = 30 + 66 * row
        drawing.box(Box(730, y, 205, 52, name, (line,), "outside"))
        drawing.arrow(Arrow(((585, y + 26), (728, y + 26))))
    drawing.arrow(Arrow(((730, 202), (587, 202)), "paid! (signed)", (658, 220), "event"))
    drawing.text(832, 300, "simulated by the sandbox", "small")
    return drawing


ABOUT: Final = (
    "accounts and identity",
    "registrations, ticket numbers",
    "courses without clashes",
    "payment and receipts",
    "review by people",
)


def containers() -> Drawing:
    """The processes, what each owns, and who calls whom."""
    drawing = Drawing(
        "The processes of Zikao",
        "The gateway calls identity, enrollment, payment and review over gRPC. Enrollment calls identity, payment and"
        " review; identity calls review. Events go from payment and review to enrollment, from review to identity, and"
        " both ways between identity and enrollment. Each service has a schema of its own in PostgreSQL. Identity calls"
        " the police register and the message sender, payment calls the payment platform and the receipt portal.",
        height=560,
    )
    drawing.text(480, 30, "考生 candidates · 审核员 reviewers · 考试院 operators", "small")
    drawing.arrow(Arrow(((480, 38), (480, 62)), "HTTP/JSON, pages, streams", (572, 54)))
    drawing.box(Box(60, 64, 840, 56, "gateway", ("routes read off the contracts · no rule, no state",), "edge"))
    for number, (name, lines) in enumerate(SERVICES.items()):
        x = 60 + 226 * number
        drawing.box(Box(x, 176, 162, 92, name, lines))
        drawing.arrow(Arrow(((x + 81, 120), (x + 81, 174))))
    drawing.text(480, 152, "gRPC, with the visitor's own token", "small")
    for arrow in BETWEEN_SERVICES:
        drawing.arrow(arrow)
    drawing.box(Box(60, 384, 690, 50, "PostgreSQL", (POSTGRESQL,), "edge"))
    drawing.box(Box(770, 384, 130, 50, "Redis", ("limits, codes",), "edge"))
    drawing.box(Box(60, 470, 200, 52, "police register 公安库", ("asked by identity",), "outside"))
    drawing.box(Box(275, 470, 200, 52, "messages 短信、邮件", ("sent by identity",), "outside"))
    drawing.box(Box(490, 470, 200, 52, "public payment 公共支付", ("asked by payment",), "outside"))
    drawing.box(Box(705, 470, 195, 52, "receipt portal 电子票据", ("asked by payment",), "outside"))
    drawing.text(480, 456, "the outside world, simulated by one separate process: the sandbox", "small")
    drawing.arrow(Arrow(((345, 542), (385, 542))))
    drawing.text(393, 546, "call", "small", "start")
    drawing.arrow(Arrow(((470, 542), (510, 542)), kind="event"))
    drawing.text(518, 546, "event, by outbox and inbox", "small", "start")
    return drawing


POSTGRESQL: Final = "a schema and a role per service · constraints state the invariants · outbox and inbox"

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("account, document,", "portrait, phone,", "login sessions, staff"),
    "enrollment": ("catalogue, selections,", "registrations,", "ticket numbers"),
    "payment": ("orders, attempts,", "refunds, receipts,", "reconciliation"),
    "review": ("cases, materials,", "decisions,", "audit log"),
}

BETWEEN_SERVICES: Final = (
    Arrow(((286, 196), (224, 196))),
    Arrow(((222, 222), (284, 222)), kind="event"),
    Arrow(((286, 248), (224, 248)), kind="event"),
    Arrow(((448, 206), (510, 206))),
    Arrow(((512, 238), (450, 238)), kind="event"),
    Arrow(((120, 268), (120, 304), (790, 304), (790, 270)), "open a case", (665, 298)),
    Arrow(((340, 268), (340, 302)), kind="join"),
    Arrow(((848, 268), (848, 344), (166, 344), (166, 270)), "a case is decided", (665, 338), "event"),
    Arrow(((400, 344), (400, 270)), kind="event"),
)


def sequence(
    title: str, description: str, participants: Sequence[tuple[str, str, str]], steps: Sequence[Step]
) -> Drawing:
    """Who asks whom, from top to bottom; a participant is a name, a line about it and a kind of box."""
    drawing = Drawing(title, description, height=100 + 38 * len(steps) + 20)
    gap = WIDTH // len(participants)
    middle = {name: gap // 2 + gap * number for number, (name, _, _) in enumerate(participants)}
    for name, line, kind in participants:
        x = middle[name]
        drawing.elements.append(f'<path class="life" d="M{x} 74V{drawing.height - 16}"/>')
        drawing.box(Box(x - gap // 2 + 8, 18, gap - 16, 56, name, (line,), kind))
    for row, step in enumerate(steps):
        _draw_step(drawing, step, middle, 112 + 38 * row)
    return drawing


def _draw_step(drawing: Drawing, step: Step, middle: Mapping[str, int], y: int) -> None:
    start, end = middle[step.start], middle[step.end]
    if start == end:
        half = 14 + 33 * len(step.words) // 10
        left = max(8, min(start - half, WIDTH - 8 - 2 * half))
        drawing.elements.append(f'<rect class="note" x="{left}" y="{y - 20}" width="{2 * half}" height="26" rx="5"/>')
        drawing.text(left + half, y - 2, step.words, "small")
        return
    drawing.arrow(Arrow(((start, y), (end + (3 if end < start else -3), y)), kind=step.kind))
    drawing.text((start + end) // 2, y - 7, step.words, "word")


def checkout() -> Drawing:
    """One checkout, when all goes well."""
    return sequence(
        "One checkout",
        "From the button to the order: enrollment reads in one statement, decides, reserves in one statement with the"
        " order's creation noted in its outbox, and then creates the order in payment.",
        (
            ("candidate", "a page or a program", "box"),
            ("gateway", "routes and tokens", "edge"),
            ("enrollment", "decides", "box"),
            ("its tables", "PostgreSQL", "edge"),
            ("payment", "owns the order", "box"),
        ),
        (
            Step("candidate", "gateway", "POST …:checkout"),
            Step("gateway", "enrollment", "CheckOut, 10 s left"),
            Step("enrollment", "its tables", "read: facts, drafts, open orders"),
            Step("enrollment", "enrollment", "decide: gates (EN-2), no open order (EN-9), which drafts (EN-10)"),
            Step("enrollment", "its tables", "apply: RESERVED + outbox"),
            Step("enrollment", "enrollment", "one statement; the outbox row is held back for 3 s"),
            Step("enrollment", "payment", "CreateOrder, at most 2.5 s"),
            Step("payment", "payment", "order, items, timeline: one statement"),
            Step("payment", "enrollment", "the order", "answer"),
            Step("enrollment", "its tables", "the outbox row is settled"),
            Step("enrollment", "candidate", "the order, ready to be paid", "answer"),
            Step(
                "enrollment", "enrollment", "no answer from payment? the outbox row comes due, and the relay creates it"
            ),
        ),
    )


def payment() -> Drawing:
    """One payment, when all goes well, and what happens when it does not."""
    return sequence(
        "One payment",
        "From the QR code to the effective selection: payment puts an attempt on record, has the platform create the"
        " trade, verifies the notification, settles order, attempt and items in one statement, and tells enrollment.",
        (
            ("candidate", "page and phone", "box"),
            ("gateway", "routes and tokens", "edge"),
            ("payment", "owns the order", "box"),
            ("platform", "公共支付", "outside"),
            ("enrollment", "owns selections", "box"),
        ),
        (
            Step("candidate", "gateway", "POST …:pay"),
            Step("gateway", "payment", "PayOrder"),
            Step("payment", "payment", "an attempt is on record first (F-3)"),
            Step("payment", "platform", "create the trade"),
            Step("payment", "candidate", "QR code, valid for 30 minutes (PA-3)", "answer"),
            Step("candidate", "platform", "scans and pays"),
            Step("platform", "gateway", "signed notification"),
            Step("gateway", "payment", "the raw body"),
            Step("payment", "payment", "verify (F-4), judge, settle: PAID + OrderPaid, one statement"),
            Step("payment", "platform", "acknowledged", "answer"),
            Step("payment", "enrollment", "OrderPaid, by the relay", "event"),
            Step("enrollment", "enrollment", "inbox, EFFECTIVE (EN-8)"),
            Step("payment", "candidate", "the open page says so by itself", "event"),
            Step("payment", "payment", "no notification? the page and the sweep ask the platform (PA-4, F-1)"),
        ),
    )


PICTURES: Final[Mapping[str, Callable[[], Drawing]]] = {
    "context": context,
    "containers": containers,
    "checkout": checkout,
    "payment": payment,
}


def pictures() -> Iterator[tuple[Path, str]]:
    """Every file with what is in it."""
    yield from ((FOLDER / f"{name}.svg", draw().svg()) for name, draw in PICTURES.items())


def main() -> None:
    """Writes the pictures."""
    for file, svg in pictures():
        file.write_text(svg)


if __name__ == "__main__":
    main()
