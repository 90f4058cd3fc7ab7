"""The pages' words: written in Chinese in the templates, with an English translation of each in `locale/en.po`."""

from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from chassis.call_context import Language

ENGLISH: Final = Path(__file__).parent / "locale" / "en.po"


def translations() -> dict[Language, NullTranslations]:
    """The words in each language; the catalogue is compiled here, so that there is no build step."""
    compiled = BytesIO()
    with ENGLISH.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale="en"))
    compiled.seek(0)
    return {Language.CHINESE: NullTranslations(), Language.ENGLISH: Translations(compiled)}
