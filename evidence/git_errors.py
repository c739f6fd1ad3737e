"""What git says when it fails, in sentences that help."""

import re

from evidence.connectors.base import ConnectorError
from evidence.records import BlindReason


class GitError(ConnectorError):
    """Git could not do what was asked. `quiet`: it failed without a word, which answers a question no."""

    quiet = False


KNOWN: tuple[tuple[str, str, str, BlindReason, bool], ...] = (
    (
        r"transport '.*' not allowed",
        "Its address uses a protocol that is not allowed here.",
        "Use an https:// address; an administrator can allow local folders with ALLOWED_LOCAL_PATHS.",
        BlindReason.PERMISSION_DENIED,
        True,
    ),
    (
        r"Authentication failed|could not read (Username|Password)|returned error: 40[13]|"
        r"terminal prompts disabled|access denied",
        "The server refused the sign-in, or hides the repository from it.",
        "Enter a token that may read this repository.",
        BlindReason.PERMISSION_DENIED,
        True,
    ),
    (
        r"not a git repository|does not appear to be a git repository|repository '.*' not found|"
        r"returned error: 404|"
        r"does not exist|is this a git repository",
        "There is no Git repository at this address.",
        "Check the address; a private repository also needs a token that may read it.",
        BlindReason.DELETED_UPSTREAM,
        True,
    ),
    (
        r"unable to update url base from redirection|redirect|returned error: 30\d",
        "The server redirects to another address, which is not followed.",
        "Connect the address it redirects to.",
        BlindReason.COLLECTOR_FAILED,
        True,
    ),
    (
        r"SSL certificate|certificate verif|server certificate|local issuer certificate|self.signed",
        "The server's certificate is not trusted here.",
        "Let an administrator name the certificate authority with SSL_CERT_FILE, or mend the certificate.",
        BlindReason.COLLECTOR_FAILED,
        True,
    ),
    (
        r"Could not resolve host|Failed to connect|Couldn't connect|Connection (refused|timed out|reset)|"
        r"Operation too slow|"
        r"unable to access|early EOF|unexpected disconnect|RPC failed",
        "The server cannot be reached, or broke off.",
        "Check the address and the network; the next sync tries again.",
        BlindReason.COLLECTOR_FAILED,
        False,
    ),
    (
        r"unknown revision|bad object|Needed a single revision|bad revision|not our ref|not a valid object|"
        r"not a tree object|"
        r"couldn't find remote ref|upload-pack: not our ref|missing object",
        "The repository has no such commit.",
        "Push the commit, or name another one.",
        BlindReason.DELETED_UPSTREAM,
        True,
    ),
    (
        r"No space left on device|Disk quota",
        "The disk of the cache is full.",
        "Make room in the data folder.",
        BlindReason.COLLECTOR_FAILED,
        False,
    ),
    (
        r"bad config|unsupported repository|unknown repository extension|fsck error|corrupt|"
        r"loose object .* is corrupt",
        "The repository is damaged, or of a kind that this git cannot read.",
        "Run `git fsck` on it, or update git here.",
        BlindReason.COLLECTOR_FAILED,
        True,
    ),
)


def error_of(message: str, *, what: str) -> GitError:
    """The error that git's own words mean; what they say is kept, without credentials."""
    for pattern, why, remedy, reason, permanent in KNOWN:
        if re.search(pattern, message, re.IGNORECASE):
            return GitError(_sentence(what), why=why, remedy=remedy, reason=reason, permanent=permanent)
    error = GitError(
        _sentence(what),
        why=f"Git says: {_brief(message)}",
        remedy="Try `git ls-remote` with the same address; the next sync tries again.",
    )
    error.quiet = not message.strip()
    return error


def too_large(what: str, *, mib: int) -> GitError:
    return GitError(
        _sentence(what),
        why=f"It takes more than {mib:,} MiB here, even without the content of its files.",
        remedy="Raise the setting max_mib of this source, or connect a smaller repository.",
        permanent=True,
    )


def too_slow(what: str, *, seconds: float) -> GitError:
    return GitError(
        _sentence(what),
        why=f"It was not done after {seconds:,.0f} seconds.",
        remedy="The next sync tries again; a repository near this server helps.",
    )


def _sentence(what: str) -> str:
    return f"The repository {what} could not be read."


def _brief(message: str) -> str:
    """The first telling line of what git said, without credentials."""
    lines = [line for line in message.splitlines() if line.strip()]
    telling = next(
        (line for line in lines if line.startswith(("fatal", "error"))), lines[0] if lines else "nothing"
    )
    return re.sub(r"(?<=://)[^/@\s]*@", "", telling)[:300]
