"""Invented people, none twice."""

import io
import random
from dataclasses import dataclass, field

from PIL import Image
from zikao.identity.v1 import resources_pb2

from cli.demo.invented_people import invent
from sandbox.portraits import portrait
from services.identity.domain.documents import check_character

CHANCE = random.Random()

PASSWORD = "Secret-1"
OTHER_PASSWORD = "Secret-2"
SCHOOL = "10269"

DETAILS = resources_pb2.Details(
    ethnicity="汉族",
    political_status="NO_PARTY",
    education="UPPER_SECONDARY",
    occupation="职员",
    household_region="上海市杨浦区",
    postal_address="上海市杨浦区某路1号",
    postal_code="200433",
    email="somebody@example.com",
)


def resident_number() -> str:
    """A number of a resident card."""
    born = f"{CHANCE.randint(1950, 2005)}{CHANCE.randint(1, 12):02d}{CHANCE.randint(1, 28):02d}"
    body = f"310110{born}{CHANCE.randrange(1000):03d}"
    return body + check_character(body)


def permit_number() -> str:
    """A number of a home-return permit, without renewal digits."""
    return f"H{CHANCE.randrange(10**8):08d}"


def number_of(document_type: str) -> str:
    """A number of any type of document."""
    return invent(CHANCE, document_type).document_number


def phone_number() -> str:
    """A mainland mobile number."""
    return f"139{CHANCE.randrange(10**8):08d}"


def name() -> str:
    """A name."""
    return CHANCE.choice("王李张刘陈杨") + "".join(CHANCE.sample("文静思远嘉宁明哲雨桐", 2))


@dataclass(frozen=True, slots=True)
class Photo:
    """How to take a photo of somebody: their seed, and what is done to the picture."""

    width: int = 480
    height: int = 640
    form: str = "JPEG"
    exif: bool = False
    quality: int = 95
    seed: int = field(default_factory=lambda: CHANCE.randrange(2**31))

    def take(self) -> bytes:
        """The file: a drawing of somebody."""
        with Image.open(io.BytesIO(portrait(self.seed))) as drawn:
            image = drawn.convert("RGB").resize((self.width, self.height), Image.Resampling.BICUBIC)
        exif = Image.Exif()
        if self.exif:
            exif[0x010E] = "somebody's kitchen"
        file = io.BytesIO()
        image.save(file, self.form, quality=self.quality, exif=exif)
        return file.getvalue()
