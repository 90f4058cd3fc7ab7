"""The portal's addresses."""

from typing import Final

from gateway.portal import entrance, home
from gateway.web.routing import PageRoute

PAGES: Final = (
    PageRoute("/", show=home.show),
    PageRoute("/login", show=entrance.show_login, do=entrance.log_in),
    PageRoute("/logout", do=entrance.log_out),
    PageRoute("/password", show=entrance.show_password, do=entrance.change_password),
)
