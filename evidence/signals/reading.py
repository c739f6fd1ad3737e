"""Which files of a tree are worth reading, and how much of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from evidence.signals.exclusions import TEMPLATE_FOLDERS, Role
from evidence.signals.results import Note
from evidence.signals.vocabulary import vocabulary

KIB = 1024
MOST_FILES = 5_000
MOST_BYTES = 64 * KIB * KIB
SMALL, MEDIUM, LARGE = 512 * KIB, 2 * KIB * KIB, 8 * KIB * KIB

LOCK_FILES = vocabulary(
    "poetry.lock uv.lock pdm.lock pipfile.lock conda-lock.yml conda-lock.yaml pixi.lock renv.lock",
    "package-lock.json yarn.lock pnpm-lock.yaml cargo.lock go.sum gemfile.lock manifest.toml pylock.toml",
)
NAMED = re.compile(
    r"^(([^/]*[._-])?(dockerfile|containerfile)([._-].*)?|(gnu)?makefile.*|.*\.mk|justfile|\.justfile|"
    r"jenkinsfile.*|"
    r"procfile|requirements.*|constraints.*|crontab.*|.*\.cron|\.env.*|.*\.env|\.gitattributes|\.netrc|"
    r"\.pypirc|\.npmrc|"
    r"\.pgpass|credentials|id_(rsa|dsa|ecdsa|ed25519)|mlproject|pipfile|config|.*\.(pem|key|dvc|lock|ppk))$",
    re.IGNORECASE,
)
CONFIGURATION = vocabulary(
    "yml yaml toml cfg ini tf hcl bicep bicepparam tfvars sh bash bats groovy def",
)
PROGRAMS = vocabulary(
    "go java kt scala js jsx ts tsx mjs rs r jl sql properties conf gradle xml txt json cs rb php md rst",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A file to read: `rank` 0 first, at most `most` bytes or not at all."""

    path: str
    size: int
    rank: int
    most: int


def wish_for(path: str, *, size: int, role: Role) -> Wish | None:
    """None for a file that no detector looks at."""
    pure = PurePosixPath(path)
    name, kind = pure.name.lower(), pure.suffix.lower().lstrip(".")
    if role is Role.ASIDE and not (
        kind in {"yml", "yaml"} and TEMPLATE_FOLDERS & set(path.lower().split("/"))
    ):
        return None
    if name in LOCK_FILES:
        return Wish(path=path, size=size, rank=0, most=LARGE)
    if kind == "ipynb":
        return Wish(path=path, size=size, rank=3, most=LARGE)
    if kind == "py":
        return Wish(path=path, size=size, rank=1 if role is Role.OWN else 2, most=SMALL)
    if NAMED.match(name) or kind in CONFIGURATION:
        return Wish(path=path, size=size, rank=0, most=MEDIUM if kind in {"yml", "yaml"} else SMALL)
    if kind in PROGRAMS:
        return Wish(path=path, size=size, rank=4, most=SMALL)
    return None


def choose(sizes: Mapping[str, int], roles: Mapping[str, Role]) -> tuple[list[str], list[Note]]:
    """The paths to read, most telling first, within the caps; a note for every kind of omission."""
    wishes = [w for path, size in sizes.items() if (w := wish_for(path, size=size, role=roles[path]))]
    notes = [_too_large(wish) for wish in wishes if wish.size > wish.most]
    chosen: list[str] = []
    total = 0
    fitting = sorted(
        (w for w in wishes if w.size <= w.most), key=lambda w: (w.rank, w.path.count("/"), w.path)
    )
    for wish in fitting:
        if len(chosen) == MOST_FILES or total + wish.size > MOST_BYTES:
            break
        chosen.append(wish.path)
        total += wish.size
    left = len(fitting) - len(chosen)
    if left:
        notes.append(
            Note(path="", why=f"{left} files were left unread: the scan reads at most {MOST_FILES} files.")
        )
    return chosen, notes


def _too_large(wish: Wish) -> Note:
    return Note(
        path=wish.path,
        why=f"not read: {wish.size // KIB} KiB is more than the {wish.most // KIB} KiB read of such a file",
    )


def decode(blobs: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    """Text of every blob that is text (no NUL byte); undecodable bytes are replaced."""
    for path, blob in blobs.items():
        if blob[:2] in {b"\xff\xfe", b"\xfe\xff"}:  # what `pip freeze > file` writes in a Windows shell
            yield path, blob.decode("utf-16", errors="replace")
        elif b"\0" not in blob[:8000]:
            yield path, blob.decode("utf-8-sig", errors="replace")
