"""QR codes as images."""

import io

import segno


def qr_svg(content: str) -> bytes:
    """An SVG of the QR code that holds `content`, black on white in the quiet zone scanners need, sized by the page."""
    image = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        image, kind="svg", scale=8, border=4, light="#fff", omitsize=True, xmldecl=False, title="支付二维码"
    )
    return image.getvalue()
