"""Identity: which names, seen in which system, mean the same thing.

Pure functions from what a source says to one canonical `uid`. Strong keys only: a weak key (a
short SHA, a pandas digest, a name) never makes two things one.
"""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")
PLAIN = re.compile(r"[\w.~/@=+-]*", re.ASCII)
"""Nothing to encode; most parts are so, and this is asked for often."""
SAME_SCHEME = {"s3a": "s3", "s3n": "s3", "abfss": "abfs", "postgresql": "postgres"}
DEFAULT_PORTS = {"http": 80, "https": 443, "postgres": 5432, "mysql": 3306, "ssh": 22}


def uid(kind: str, *parts: str) -> str:
    """The canonical name of a thing: `urn:rashinban:<kind>:<part>:…`, each part percent-encoded."""
    quoted = (part if PLAIN.fullmatch(part) else quote(part, safe="/@=+") for part in parts)
    return ":".join(["urn:rashinban", kind, *quoted])


@lru_cache(maxsize=256)
def server_key(url: str) -> str:
    """A server's identity: host, port where it is not the scheme's own, and path; no credentials."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{(parts.hostname or '').lower()}{port}{parts.path.rstrip('/')}"


def repository_key(url: str) -> str:
    """`git@host:a/b.git`, `ssh://…`, `https://user:x@host/a/b` and `…/b/` are one repository."""
    text = url.strip()
    scp = re.match(r"^[\w.-]+@([\w.-]+):(?!//)(.+)$", text)
    if scp:
        text = f"ssh://{scp[1]}/{scp[2]}"
    if "://" not in text:
        return text.rstrip("/").removesuffix(".git").removesuffix("/")
    parts = urlsplit(text)
    path = parts.path.rstrip("/").removesuffix(".git").rstrip("/")
    if parts.scheme == "file":
        return path
    return f"{(parts.hostname or '').lower()}{path}"


def is_sha(text: str) -> bool:
    """True for a full object name (40 or 64 hex digits); a short SHA is a weak key."""
    return bool(SHA.match(text.lower()))


def repository_uid(url: str) -> str:
    return uid("repository", repository_key(url))


def commit_uid(sha: str) -> str:
    """A commit is its full SHA alone: forks and mirrors share it."""
    if not is_sha(sha):
        raise ValueError(f"{sha!r} is no full commit SHA; resolve it in its repository first.")
    return uid("commit", sha.lower())


@lru_cache(maxsize=4096)
def normalise_uri(uri: str) -> str:
    """A dataset's or artifact's address in one spelling; the case of the path is kept."""
    text = uri.strip()
    if "://" not in text:
        return text.rstrip("/") or "/"
    parts = urlsplit(text)
    scheme = SAME_SCHEME.get(parts.scheme.lower(), parts.scheme.lower())
    if scheme == "file":
        return parts.path.rstrip("/") or "/"
    host = (parts.hostname or "").lower()
    port = "" if parts.port in (None, DEFAULT_PORTS.get(scheme)) else f":{parts.port}"
    return urlunsplit((scheme, host + port, parts.path.rstrip("/"), parts.query, ""))


def dataset_uid(uri: str) -> str:
    return uid("dataset", normalise_uri(uri))


def dataset_version_uid(uri: str, version: str) -> str:
    """A snapshot: the dataset's address and whatever its source calls this version."""
    return uid("dataset_version", normalise_uri(uri), version)


def mlflow_uid(kind: str, server: str, *parts: str) -> str:
    """A thing of an MLflow server: experiment (id), run (id), model (name), model_version (name,
    version), logged_model (id)."""
    return uid(kind, "mlflow", server_key(server), *parts)


def kfp_uid(kind: str, server: str, *parts: str) -> str:
    """A thing of a KFP server: pipeline (id), pipeline_version (id), pipeline_run (id), schedule (id)."""
    return uid(kind, "kfp", server_key(server), *parts)


def host_uid(kind: str, repository: str, *parts: str) -> str:
    """A thing of a repository at its code host: branch (name), pull_request (number), workflow_run (id)."""
    return uid(kind, repository_key(repository), *parts)


def endpoint_uid(system: str, environment: str, target: str) -> str:
    return uid("endpoint", system, environment, target)


def deployment_uid(system: str, environment: str, target: str, revision: str) -> str:
    """One revision of an endpoint."""
    return uid("deployment", system, environment, target, revision)


def artifact_alias(uri: str) -> str:
    """Strong key of a model version by where its artifact lies."""
    return f"artifact:{normalise_uri(uri)}"


def kfp_run_alias(run_id: str) -> str:
    """Strong key of a pipeline run by its id alone (a UUID), as `kfp.pipeline_run_id` tags carry it."""
    return f"kfp_run:{run_id.lower()}"


def mlflow_run_alias(run_id: str) -> str:
    """Strong key of an MLflow run by its id alone (32 random hex digits), as a KFP run names it."""
    return f"mlflow_run:{run_id.lower().replace('-', '')}"
