"""The one way out, against a real server on this machine."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.http import AddressPolicy, Client, Fault, HttpError, Limits, kind_of

HERE = AddressPolicy(frozenset({"127.0.0.1"}))
SMALL = Limits(connect_seconds=1, read_seconds=1, max_bytes=10_000, tries=1)


class Server(BaseHTTPRequestHandler):
    """Answers badly in as many ways as there are paths."""

    hits = 0

    def do_GET(self) -> None:
        type(self).hits += 1
        getattr(self, "answer_" + self.path.strip("/").split("?")[0], self.answer_missing)()

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_good(self) -> None:
        self._send(200, b'{"a": 1}', content_type="application/json")

    def answer_html(self) -> None:
        self._send(200, b"<html>sign in</html>", content_type="text/html")

    def answer_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 4096)
        except OSError:
            return

    def answer_away(self) -> None:
        self._send(302, b"", location="http://evil.example.invalid/")

    def answer_here(self) -> None:
        self._send(302, b"", location="/good")

    def answer_circle(self) -> None:
        self._send(302, b"", location="/circle")

    def answer_denied(self) -> None:
        self._send(401, b"")

    def answer_forbidden(self) -> None:
        self._send(403, b"Invalid Host header")

    def answer_limited(self) -> None:
        self._send(
            403, b"slow down", x_ratelimit_remaining="0", x_ratelimit_reset=str(int(time.time()) + 600)
        )

    def answer_busy(self) -> None:
        self._send(429, b"", retry_after="30")

    def answer_crowded(self) -> None:
        self._send(429, b"", retry_after="soon")

    def answer_broken(self) -> None:
        self._send(500, b"secret stack trace")

    def answer_slow(self) -> None:
        threading.Event().wait(3)

    def answer_missing(self) -> None:
        self._send(404, b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address, policy=HERE, limits=SMALL) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("huge", Fault.TOO_LARGE),
        ("away", Fault.REDIRECTED),
        ("circle", Fault.REDIRECTED),
        ("denied", Fault.UNAUTHENTICATED),
        ("forbidden", Fault.FORBIDDEN),
        ("limited", Fault.RATE_LIMITED),
        ("busy", Fault.RATE_LIMITED),
        ("crowded", Fault.RATE_LIMITED),
        ("broken", Fault.SERVER),
        ("slow", Fault.TIMEOUT),
        ("nowhere", Fault.NOT_FOUND),
    ],
)
def test_get_names_the_fault(client: Client, path: str, fault: Fault) -> None:
    with pytest.raises(HttpError) as caught:
        client.get(path)
    assert caught.value.fault is fault
    assert "stack trace" not in str(caught.value)


def test_get_follows_a_redirect_on_the_same_host(client: Client) -> None:
    assert client.get("here").json() == {"a": 1}


def test_json_says_what_came_instead(client: Client) -> None:
    with pytest.raises(HttpError, match="text/html where JSON was expected"):
        client.get("html").json()


def test_get_is_repeated_and_bounded(address: str) -> None:
    Server.hits = 0
    with Client(address, policy=HERE, limits=Limits(tries=2)) as client, pytest.raises(HttpError):
        client.get("broken")
    assert Server.hits == 2


@pytest.mark.parametrize(("path", "seconds"), [("limited", 600), ("busy", 30)])
def test_rate_limit_says_when_to_go_on_and_is_not_repeated(address: str, path: str, seconds: int) -> None:
    Server.hits = 0
    with (
        Client(address, policy=HERE) as client,
        pytest.raises(HttpError, match="asks to wait until") as caught,
    ):
        client.get(path)
    retry_at = caught.value.retry_at
    assert retry_at is not None
    assert abs((retry_at - datetime.now(tz=UTC)).total_seconds() - seconds) < 5
    assert Server.hits == 1


def test_private_address_is_refused_unless_allowed(address: str) -> None:
    with (
        Client(address, limits=SMALL) as client,
        pytest.raises(HttpError, match="ALLOWED_PRIVATE_HOSTS") as caught,
    ):
        client.get("good")
    assert caught.value.fault is Fault.BLOCKED


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_private_address_allowed_by_host_network_or_star(address: str, allowed: str) -> None:
    with Client(address, policy=AddressPolicy(frozenset({allowed})), limits=SMALL) as client:
        assert client.get("good").status == 200


def test_no_server_is_unreachable() -> None:
    with (
        Client("http://127.0.0.1:9", policy=HERE, limits=SMALL) as client,
        pytest.raises(HttpError) as caught,
    ):
        client.get("x")
    assert caught.value.fault is Fault.UNREACHABLE


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "host", "http://"])
def test_only_http_addresses(url: str) -> None:
    with pytest.raises(HttpError) as caught:
        Client(url)
    assert caught.value.fault is Fault.BLOCKED


def test_error_messages_hold_no_credentials(address: str) -> None:
    secret = address.replace("http://", "http://user:hunter2@")
    with Client(secret, policy=HERE, limits=SMALL) as client, pytest.raises(HttpError) as caught:
        client.get("denied?token=hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.1.2.3", "private"),
        ("127.0.0.1", "private"),
        ("169.254.1.1", "private"),
        ("fd00::1", "private"),
        ("fe80::1%eth0", "private"),
        ("192.0.2.7", "reserved"),
        ("198.18.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
    ],
)
def test_addresses_that_are_not_called_are_named_for_what_they_are(address: str, kind: str) -> None:
    assert kind_of(address) == kind
    assert not AddressPolicy().allows("host", address)
