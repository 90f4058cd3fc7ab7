"""What invented candidates study and where, by the catalogue's codes: 汉语言文学 at 华东师范大学."""

from typing import Final

SCHOOL_CODE: Final = "10269"
MAJOR_CODE: Final = "050101"
