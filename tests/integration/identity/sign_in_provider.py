"""An OpenID Connect provider of a school: a real HTTP server with real signed tokens, and what a browser does there."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.clock import Clock
from tests.support.http_server import http_server

CLIENT_ID, CLIENT_SECRET = "zikao-client", "a secret of the client"


@dataclass
class SchoolProvider:
    """Vouches for people. A test changes what its tokens say, by which key, and how it answers."""

    clock: Clock
    subject: str = "s-1001"
    claims: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | None = None
    algorithm: str = "RS256"
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    silent: bool = False

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with http_server(self.app) as url:
            self.url = url
            yield url

    def visit(self, authorization_url: str) -> tuple[str, str]:
        """A browser comes with somebody who logs in: the state and code it is sent back with."""
        parts = urlsplit(authorization_url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            CLIENT_ID,
            "S256",
        )
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["state"], code

    async def _configuration(self, _: Request) -> Response:
        if self.silent:
            await asyncio.Event().wait()
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return JSONResponse(told, self.status)

    async def _keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        sent = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(sent.get("code", ""), None)
        if asked is None or not self._may_have(sent, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"token_type": "Bearer", "access_token": "x", "id_token": self._id_token(asked)})

    def _may_have(self, sent: Mapping[str, str], asked: Mapping[str, str]) -> bool:
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        return (
            base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
            and sent.get("redirect_uri") == asked["redirect_uri"]
            and (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        )

    def _id_token(self, asked: Mapping[str, str]) -> str:
        now = self.clock.now()
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            **self.claims,
        }
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, "kid": key.kid}
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, told, key, algorithms=[self.algorithm])
