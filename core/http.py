"""The one way out: every request to another host goes through `Client`.

Bounded in time, size and attempts; follows no redirect to another host; connects only to the
addresses that the administrator's policy allows; never logs a header or a body.
"""

import ipaddress
import json
import os
import random
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

Headers = Mapping[str, str]
BAD_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED\W+certificate verify failed:(.*?)(\(_ssl|$)")
PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
"""RFC 1918, shared (RFC 6598) and unique local addresses: what people call private."""
DAY = 86_400
"""Seconds; the longest wait that a server is believed to ask for."""


class Fault(StrEnum):
    """Why a request gave no usable answer."""

    BLOCKED = "blocked"
    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    REDIRECTED = "redirected"


class HttpError(Exception):
    """A request failed; the message is one sentence that may be shown to a person.

    `retry_at`: the moment from which a server that limits requests answers again, where it says so.
    """

    def __init__(
        self, fault: Fault, message: str, *, status: int | None = None, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.fault, self.status, self.retry_at = fault, status, retry_at


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be called.

    Private, loopback and link-local addresses are refused unless the host is listed in
    `private_hosts` (names, addresses or networks; `*` allows every private address).
    """

    private_hosts: frozenset[str] = frozenset()

    def allows(self, host: str, address: str) -> bool:
        ip = ipaddress.ip_address(address.split("%")[0])
        if ip.is_global:
            return True
        if "*" in self.private_hosts or host in self.private_hosts:
            return True
        return any(ip in network for network in map(_network, self.private_hosts) if network)


def kind_of(address: str) -> str:
    """What makes an address one that is not called: "private", or "reserved" as those for documentation."""
    ip = ipaddress.ip_address(address.split("%")[0])
    inside = ip.is_loopback or ip.is_link_local or any(ip in n for n in PRIVATE if n.version == ip.version)
    return "private" if inside else "reserved"


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one request: seconds, bytes of the decoded answer, tries."""

    connect_seconds: float = 3.0
    read_seconds: float = 60.0
    max_bytes: int = 64 * 1024 * 1024
    tries: int = 3
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read whole, within the limits."""

    status: int
    headers: Headers
    body: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON; HttpError(NOT_JSON) says what came instead."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type").split(";")[0]
            raise HttpError(
                Fault.NOT_JSON,
                f"{_place(self.url)} answered {kind} where JSON was expected"
                " (a sign-in page or a proxy in between?).",
                status=self.status,
            ) from None


@dataclass
class Client:
    """Requests to one server, under its base URL.

    Only idempotent requests are repeated: GET, and POST where `search=True` says that it only reads.
    """

    base_url: str
    headers: Headers = field(default_factory=dict)
    policy: AddressPolicy = field(default_factory=AddressPolicy)
    limits: Limits = field(default_factory=Limits)
    auth: tuple[str, str] | None = None
    transport: httpx.BaseTransport | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise HttpError(Fault.BLOCKED, f"{self.base_url!r} is no http(s) address.")
        self._host = parts.hostname
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        self._httpx = httpx.Client(
            timeout=timeout,
            headers={"User-Agent": "rashinban", "Accept": "application/json", **self.headers},
            auth=self.auth,
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(os.environ.get("SSL_CERT_FILE", "")),
            transport=self.transport,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._httpx.close()

    def get(self, path: str, *, params: Mapping[str, str | int] | None = None) -> Answer:
        return self._tried("GET", path, params=params, repeat=True)

    def post(
        self, path: str, *, body: Mapping[str, Any], search: bool = False, headers: Headers | None = None
    ) -> Answer:
        return self._tried("POST", path, body=body, repeat=search, headers=headers)

    def _tried(
        self,
        method: str,
        path: str,
        *,
        repeat: bool,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Headers | None = None,
    ) -> Answer:
        last = self.limits.tries if repeat else 1
        for attempt in range(1, last + 1):
            try:
                return self._once(method, path, params=params, body=body, headers=headers)
            except HttpError as error:
                if attempt == last or not _may_pass(error):
                    raise
                time.sleep(0.2 * 2**attempt * (0.5 + random.random()))  # noqa: S311 (jitter, no secret)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        headers: Headers | None,
    ) -> Answer:
        url = f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
        for _ in range(self.limits.redirects + 1):
            self._check_address(url)
            request = self._httpx.build_request(method, url, params=params, json=body, headers=headers)
            answer = self._send(request)
            if answer.status not in {301, 302, 303, 307, 308}:
                return _usable(answer)
            url, params = self._next(answer), None
        raise HttpError(Fault.REDIRECTED, f"{_place(url)} redirects in circles.")

    def _send(self, request: httpx.Request) -> Answer:
        deadline = time.monotonic() + self.limits.read_seconds * 2
        try:
            response = self._httpx.send(request, stream=True)
            try:
                body = self._read(response, deadline=deadline)
            finally:
                response.close()
        except httpx.TimeoutException:
            seconds = self.limits.read_seconds
            raise HttpError(
                Fault.TIMEOUT, f"{_place(str(request.url))} gave no answer within {seconds:g} s."
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            refused = BAD_CERTIFICATE.search(str(error))
            if refused:
                raise HttpError(
                    Fault.CERTIFICATE,
                    f"{_place(str(request.url))} shows a certificate that is not trusted here"
                    f" ({refused[1].strip()}).",
                ) from None
            raise HttpError(
                Fault.UNREACHABLE, f"{_place(str(request.url))} cannot be reached: {_cause(error)}."
            ) from None
        return Answer(response.status_code, dict(response.headers), body, str(request.url))

    def _read(self, response: httpx.Response, *, deadline: float) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self.limits.max_bytes:
                cap = self.limits.max_bytes / 1024 / 1024
                raise HttpError(
                    Fault.TOO_LARGE,
                    f"The answer of {_place(str(response.url))} is larger than {cap:,.0f} MiB.",
                )
            if time.monotonic() > deadline:
                raise HttpError(
                    Fault.TIMEOUT, f"{_place(str(response.url))} answers too slowly; reading stopped."
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _check_address(self, url: str) -> None:
        host, port = urlsplit(url).hostname or "", urlsplit(url).port or 443
        if self.transport is not None:
            return
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError:
            raise HttpError(Fault.UNREACHABLE, f"The host name {host} is not known.") from None
        refused = sorted(address for address in found if not self.policy.allows(host, address))
        if refused:
            raise HttpError(
                Fault.BLOCKED,
                f"{host} is at the {kind_of(refused[0])} address {refused[0]}, which this installation does"
                " not call; an administrator can allow it with ALLOWED_PRIVATE_HOSTS.",
            )

    def _next(self, answer: Answer) -> str:
        target = urljoin(answer.url, answer.headers.get("location", ""))
        here, there = urlsplit(answer.url), urlsplit(target)
        same = here.hostname == there.hostname and (here.port == there.port or there.scheme == "https")
        if not same or there.scheme not in {"http", "https"}:
            raise HttpError(
                Fault.REDIRECTED,
                f"{_place(answer.url)} redirects to another host ({there.hostname or 'none'}),"
                " which is not followed; connect that address itself.",
                status=answer.status,
            )
        return target


def _may_pass(error: HttpError) -> bool:
    """True for what may be over in a second; a server that names a longer wait is not asked again."""
    again = {Fault.UNREACHABLE, Fault.TIMEOUT, Fault.SERVER, Fault.RATE_LIMITED}
    return error.fault in again and error.retry_at is None


def _rate_limited(answer: Answer) -> HttpError | None:
    """The error of an answer that asks to slow down: 429, or 403 with the headers that say when to go on."""
    wait, left = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-remaining", "")
    if answer.status != 429 and not (answer.status == 403 and (wait or left == "0")):
        return None
    reset = answer.headers.get("x-ratelimit-reset", "")
    seconds = int(wait) if wait.isdecimal() else int(reset) - time.time() if reset.isdecimal() else None
    at = None if seconds is None else datetime.now(tz=UTC) + timedelta(seconds=min(max(seconds, 0), DAY))
    until = f" until {at:%Y-%m-%d %H:%M} UTC" if at else ""
    message = f"{_place(answer.url)} limits requests and asks to wait{until} ({answer.status})."
    return HttpError(Fault.RATE_LIMITED, message, status=answer.status, retry_at=at)


@cache
def _trusted(authorities: str) -> ssl.SSLContext:
    """Public certificate authorities, or those of the PEM file that SSL_CERT_FILE names."""
    if authorities:
        return ssl.create_default_context(cafile=authorities)
    return httpx.create_ssl_context(trust_env=False)


def _usable(answer: Answer) -> Answer:
    place, status = _place(answer.url), answer.status
    if limited := _rate_limited(answer):
        raise limited
    faults = {
        401: (Fault.UNAUTHENTICATED, f"{place} asks for a sign-in (401): no or wrong credentials."),
        403: (Fault.FORBIDDEN, f"{place} refuses these credentials (403): {_excerpt(answer)}"),
        404: (Fault.NOT_FOUND, f"{place} does not exist (404)."),
    }
    if status in faults:
        fault, message = faults[status]
        raise HttpError(fault, message, status=status)
    if status >= 500:
        raise HttpError(Fault.SERVER, f"{place} failed (status {status}).", status=status)
    if status >= 400:
        raise HttpError(
            Fault.REFUSED, f"{place} refused the request (status {status}): {_excerpt(answer)}", status=status
        )
    return answer


def _excerpt(answer: Answer) -> str:
    text = " ".join(answer.body[:2000].decode(errors="replace").split())
    if "<html" in text.lower():
        return "an HTML page came back."
    return text[:200] or "no reason given."


def _cause(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _place(url: str) -> str:
    """The address without credentials and query: safe to show and to log."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
