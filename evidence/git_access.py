"""How git may reach the world: settings, protocols, credentials, and nothing else of ours."""

import base64
import os
import re
from dataclasses import dataclass, field

LOW_SPEED = ("http.lowSpeedLimit=1000", "http.lowSpeedTime=30")
SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "credential.helper=",
    "safe.directory=*",
    "transfer.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "http.followRedirects=false",
    "log.showSignature=false",
    "gc.auto=0",
    *LOW_SPEED,
)
"""Settings on the command line, which win over those of the repository itself."""


PASSED = {"PATH": "PATH", "GIT_SSL_CAINFO": "SSL_CERT_FILE", "GIT_SSL_CAPATH": "SSL_CERT_DIR"}
"""What git gets of our environment, and what we call it: a git with GnuTLS knows no SSL_CERT_FILE."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a remote is reached: protocols allowed, a token for https, addresses the host may have."""

    protocols: tuple[str, ...] = ("https",)
    token: str = field(default="", repr=False)
    user: str = "x-access-token"
    addresses: tuple[str, ...] = ()  # entries of curl's --resolve: host:port:address


def without_credentials(url: str) -> str:
    """An address that may be shown: no user, no password."""
    return re.sub(r"(?<=://)[^/@]*@", "", url)


def environment_for(access: Access) -> dict[str, str]:
    """A fresh environment: nothing of ours reaches git but the search path and certificates."""
    environment = {passed: os.environ[name] for passed, name in PASSED.items() if os.environ.get(name)}
    environment |= {
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": ":".join(access.protocols) or "none",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    private = [("http.curloptResolve", entry) for entry in access.addresses]
    if access.token:
        basic = base64.b64encode(f"{access.user}:{access.token}".encode()).decode()
        private.append(("http.extraHeader", f"Authorization: Basic {basic}"))
    environment["GIT_CONFIG_COUNT"] = str(len(private))
    for index, (key, value) in enumerate(private):
        environment |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return environment
