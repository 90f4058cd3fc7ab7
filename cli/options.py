"""Options that several commands take."""

from typing import Annotated

import typer

GATEWAY = "http://127.0.0.1:8080"

GatewayOption = Annotated[str, typer.Option("--base-url", envvar="ZIKAO_GATEWAY_URL", help="The gateway.")]
LoginOption = Annotated[str, typer.Option("--login-name", envvar="ZIKAO_LOGIN_NAME", help="Your login name.")]
PasswordOption = Annotated[
    str, typer.Option("--password", envvar="ZIKAO_PASSWORD", prompt=True, hide_input=True, help="Your password.")
]
