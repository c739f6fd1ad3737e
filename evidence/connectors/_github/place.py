"""One repository at GitHub or a GitHub Enterprise server: its addresses and the names of its things."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from evidence.connectors.base import ConnectorError
from evidence.identity import host_uid, repository_uid
from evidence.records import Scope

NAME = re.compile(r"[\w.-]+", re.ASCII)
CLOUD = ("github.com", "www.github.com")


@dataclass(frozen=True, slots=True)
class Place:
    """`url` is where people open the repository; `root` is the folder of the system within it."""

    url: str
    api: str
    owner: str
    name: str
    root: str = ""

    @property
    def repository(self) -> str:
        """The canonical name that the Git connector gives the same repository."""
        return repository_uid(self.url)

    @property
    def path(self) -> str:
        """Before every path of the API that speaks of the repository."""
        return f"repos/{quote(self.owner)}/{quote(self.name)}"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return (
            Scope("repository", self.name),
            Scope("repository", f"{self.owner}/{self.name}"),
            Scope("repository", self.url),
        )

    def uid(self, kind: str, identifier: str) -> str:
        """A thing of the repository; seen from another folder it is another thing of another system."""
        return host_uid(kind, self.url, *([self.root] if self.root else []), identifier)

    def holds(self, path: str) -> bool:
        """True for a path below the folder of the system."""
        return not self.root or path.startswith(f"{self.root}/")


def place_of(url: str, *, api: str = "", root: str = "") -> Place:
    """The repository at an https address such as https://github.com/acme/churn."""
    parts = urlsplit(url.strip())
    names = parts.path.strip("/").removesuffix(".git").split("/")
    whole = parts.scheme in {"http", "https"} and parts.hostname and not parts.password
    if not whole or len(names) != 2 or not all(NAME.fullmatch(name) for name in names):
        raise ConnectorError(
            "The address of this repository cannot be used.",
            why=f"{parts.hostname or 'it'}{parts.path} is not of the form https://host/owner/repository.",
            remedy="Enter the address at which people open the repository.",
            permanent=True,
        )
    host = parts.netloc.rpartition("@")[2].lower()
    base = f"{parts.scheme}://{host}"
    return Place(
        url=f"{base}/{names[0]}/{names[1]}",
        api=api.strip().rstrip("/") or _api_of(parts.scheme, host),
        owner=names[0],
        name=names[1],
        root=root.strip().strip("/"),
    )


def _api_of(scheme: str, host: str) -> str:
    if host in CLOUD:
        return "https://api.github.com"
    if host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{scheme}://{host}/api/v3"
