"""Files that are not in UTF-8: which encoding it seems to be, and what to do about it (F-21). None is guessed at: a
wrong guess would import wrong names.
"""

import codecs
from typing import Final

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_fault(start: bytes) -> tuple[str, str]:
    """What is wrong with a file that begins like this and is not UTF-8, in Chinese and English."""
    if start.startswith(_UTF_16):
        zh, en = "是 UTF-16 编码（“Unicode 文本”），不是 UTF-8 编码", "is UTF-16 (“Unicode text”), not UTF-8"
    elif _reads_as(start, "gb18030"):
        zh, en = "看来是 GBK 编码，不是 UTF-8 编码", "seems to be GBK, not UTF-8"
    else:
        zh, en = "不是 UTF-8 编码", "is not UTF-8"
    return f"{zh}；在表格软件中请另存为“CSV UTF-8”", f"{en}; in the spreadsheet program, save it as “CSV UTF-8”"


def _reads_as(start: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return True
