"""Secrets committed in clear text. The secret itself is never kept, shown or logged."""

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator

from evidence.signals import terraform
from evidence.signals.documents import at, mapping, word
from evidence.signals.repository import Manifest, Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.vocabulary import vocabulary

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key id", re.compile(r"\b(?P<secret>(?:AKIA|ASIA)[A-Z2-7]{16})\b")),
    (
        "a GitHub token",
        re.compile(r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255})\b"),
    ),
    ("a GitLab token", re.compile(r"\b(?P<secret>gl(?:pat|ptt|dt|rt)-[A-Za-z0-9_-]{20,})")),
    ("a Slack token", re.compile(r"\b(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{20,})")),
    (
        "a Slack webhook",
        re.compile(r"hooks\.slack\.com/services/(?P<secret>T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,})"),
    ),
    ("a Google API key", re.compile(r"\b(?P<secret>AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])")),
    ("a Stripe key", re.compile(r"\b(?P<secret>[sr]k_live_[A-Za-z0-9]{20,})")),
    ("an OpenAI key", re.compile(r"\b(?P<secret>sk-(?:proj-|svcacct-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{32,})")),
    ("a Hugging Face token", re.compile(r"\b(?P<secret>hf_[A-Za-z0-9]{30,})\b")),
    ("an npm token", re.compile(r"\b(?P<secret>npm_[A-Za-z0-9]{36})\b")),
    ("a PyPI token", re.compile(r"\b(?P<secret>pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,})")),
    ("a SendGrid key", re.compile(r"\b(?P<secret>SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,})")),
    ("a Databricks token", re.compile(r"\b(?P<secret>dapi[a-f0-9]{32})\b")),
    ("an Azure storage key", re.compile(r"AccountKey=(?P<secret>[A-Za-z0-9+/]{80,}={0,2})")),
    (
        "a JSON web token",
        re.compile(r"\b(?P<secret>eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,})"),
    ),
    ("a Docker Hub token", re.compile(r"\b(?P<secret>dckr_pat_[A-Za-z0-9_-]{20,})")),
)
HINTS = tuple(
    vocabulary(
        "akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat glpat- glptt- gldt- glrt- xox hooks.slack aiza _live_",
        "sk- hf_ npm_ pypi- sg. dapi :// dckr_ eyj passw pwd secret _token apikey api_key api-key accesskey",
        "access_key access-key privatekey private_key private-key accountkey account_key account-key",
        "authtoken auth-token accesstoken access-token",
    )
)
"""A line without any of these, in small letters, holds nothing that is looked for."""
ENCRYPTED = re.compile(r"(?m)^(sops|ansible_vault):|^\$ANSIBLE_VAULT|kind:\s*SealedSecret|ENC\[AES256")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----")
KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")
URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@'\"<>{}$]{0,64}:(?P<secret>[^\s:/@'\"<>{}$%]{3,100})@[\w.-]+"
)
ASSIGNED = re.compile(
    r"""(?ix)(?P<name>[\w.-]*(?:secret[\w-]*|passwd|password|pwd|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key|
    _token|apikey|client[_-]?secret|account[_-]?key)[\w-]*)["']?\s*(?:=|:|=>|:=)\s*(?P<quote>["']?)(?P<secret>[^\s"'#,;)}\]]{6,200})(?P=quote)"""
)
PLACEHOLDER = re.compile(
    r"(?i)change|example|placeholder|dummy|sample|fake|redacted|todo|fixme|your|insert|replace|enter|"
    r"secret$|^secret|password|passwd|^pass$|xxx|"
    r"\*\*\*|\.\.\.|<|>|\$|\{|\}|%|^none$|^null$|^true$|^false$|^test|test$|^foo|^bar|^admin$|^user|^root$|"
    r"^postgres$|^minio|^mlflow$|^airflow$|"
    r"^guest$|^abc|123456|0000|^token$|not[-_]?(set|used)|^env|os\.|getenv|environ|settings\.|config\.|"
    r"self\.|^args|^str\b|^optional|^vault:|^enc\[|"
    r"^ref\+|secretref|keyref|^arn:|^projects/|^https?:|^/|^file:|^sops|^ag[A-Za-z0-9]{200}|rendered|local|"
    r"demo|insecure|^my[-_]?(secret|pass|pwd|key|token)|^no$|^off$|dev$"
)
NO_SECRET_NAME = re.compile(
    r"(name|_file|_path|_ref|_id|_arn|_url|_uri|_env|_var|header|field|prefix|length|min|policy|type|"
    r"expir\w*|ttl|version|"
    r"keyring|column|tokens|page_token|continue_token|tokenizer)s?$"
)
"""Settings about a secret, counts of tokens and cursors of pages are no secrets."""
DOTTED = re.compile(r"[A-Za-z_]\w*([.:/][A-Za-z_]\w*)+")
WORDS_ONLY = re.compile(r"^[A-Za-z_.\-]+$")
TEXTS = re.compile(
    r"\.(env|py|ipynb|ya?ml|toml|json|cfg|ini|conf|properties|tf|tfvars|sh|bash|r|sql|js|ts|java|scala|go|"
    r"kt|rb|php|cs|txt|xml|gradle|pem|key|ppk)$|"
    r"(^|/)(\.env[^/]*|[^/]*\.env|[^/]*dockerfile[^/]*|id_[a-z0-9]+|\.netrc|\.pypirc|\.npmrc|\.pgpass|"
    r"credentials|jenkinsfile[^/]*|makefile|config)$"
)
CONFIGURATION = re.compile(
    r"\.(ya?ml|toml|json|cfg|ini|conf|properties|tfvars|env)$|(^|/)(\.env[^/]*|credentials|config|\.pypirc|"
    r"\.npmrc|\.netrc)$",
    re.I,
)
LOCK = re.compile(r"(^|/)([^/]*\.lock|[^/]*lock\.(json|ya?ml)|go\.sum|[^/]*\.dvc)$", re.IGNORECASE)
MOST_LINE = 2_000
"""Longer lines are data, not configuration."""


def secrets_in_repo(repo: Repository) -> Iterator[Proof]:
    """Something that would open a door, committed in clear text.

    Accepted: keys and tokens of a known shape, private keys, passwords in addresses and settings.
    Refused: placeholders and documented examples, references to a secret store, encrypted values,
    test data, templates of environment files.
    """
    for path in repo.paths(TEXTS.pattern):
        if not LOCK.search(path):
            yield from _in_text(path, repo.text(path))
    for path in repo.paths(r"\.(md|rst)$"):
        yield from _in_prose(path, repo.text(path))
    for manifest in repo.manifests:
        if manifest.kind == "Secret" and manifest.api == "v1":
            yield from _in_object(manifest)
    for path in repo.paths(r"\.tf$"):
        for line, name, body in terraform.blocks(repo.text(path), "variable"):
            found = re.search(r'(?m)^\s*default\s*=\s*"([^"\n]{6,})"', body)
            if found and re.search(r"password|secret|token|api_key", name) and not _is_placeholder(found[1]):
                yield Proof(path=path, line=line, why="the default of a secret variable, in clear text")


def _in_prose(path: str, text: str) -> Iterator[Proof]:
    """Documentation: only keys and tokens of a known shape; words about passwords are no passwords."""
    yield from _private_keys(path, text)
    for number, line in _hinted(text):
        what = _shape_in(line)
        if what:
            yield Proof(path=path, line=number, why=what)


def _in_object(manifest: Manifest) -> Iterator[Proof]:
    """A Secret of Kubernetes with its values: base64 hides nothing."""
    values = [*mapping(at(manifest.body, "stringData")).values()]
    values += [_decoded(word(value)) for value in mapping(at(manifest.body, "data")).values()]
    if any(len(word(value)) >= 6 and not _is_placeholder(word(value)) for value in values):
        yield Proof(path=manifest.path, line=manifest.line, why="a Secret with its values in clear text")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _in_text(path: str, text: str) -> Iterator[Proof]:
    yield from _private_keys(path, text)
    hinted = list(_hinted(text))
    if not hinted or ENCRYPTED.search(text):
        return  # encrypted at rest: that is how it should be done
    is_configuration = bool(CONFIGURATION.search(path))
    for number, line in hinted:
        if len(line) <= MOST_LINE:
            for what in _in_line(line, is_configuration=is_configuration):
                yield Proof(path=path, line=number, why=what)


def _hinted(text: str) -> Iterator[tuple[int, str]]:
    """The lines that may hold a secret, with their numbers: found by the quickest search there is."""
    lowered = text.lower()
    here = [hint for hint in HINTS if hint in lowered]
    if here:
        lines = zip(text.splitlines(), lowered.splitlines(), strict=True)
        for number, (line, small) in enumerate(lines, start=1):
            if any(hint in small for hint in here):
                yield number, line


def _private_keys(path: str, text: str) -> Iterator[Proof]:
    for found in PRIVATE_KEY.finditer(text):
        body = re.sub(r"\\n|\s", "", text[found.end() : found.end() + 4000].split("-----END")[0])
        if (
            KEY_BODY.search(body)
            and not re.search(r"(?i)example|\.\.\.|xxxx|<", body)
            and len(set(body[:200])) > 12
        ):
            yield Proof(path=path, line=text.count("\n", 0, found.start()) + 1, why="a private key")


def _in_line(line: str, *, is_configuration: bool) -> Iterator[str]:
    what = _shape_in(line)
    if what:
        yield what
        return
    found = URL.search(line)
    if found and not _is_placeholder(found["secret"]) and not WORDS_ONLY.match(found["secret"]):
        yield "an address with its password"
        return
    found = ASSIGNED.search(line)
    if found and _is_assigned_secret(found, is_configuration=is_configuration):
        yield "a password or key given in clear text"


def _shape_in(line: str) -> str:
    """What a token of a known shape in the line is, or an empty text."""
    for what, shape in SHAPES:
        found = shape.search(line)
        if found and not _is_placeholder_token(found["secret"]):
            return what
    return ""


def _is_placeholder_token(token: str) -> bool:
    """`AKIAIOSFODNN7EXAMPLE`, `ghp_xxxxxxxx…`: shaped like a token, but made up."""
    body = re.sub(r"^[A-Za-z]+[_-]", "", token)
    return (
        bool(re.search(r"(?i)example|xxxx|your|dummy|fake|placeholder|0{8}|1234567890|abcdef", token))
        or len(set(body)) < 6
    )


def _is_placeholder(value: str) -> bool:
    return bool(PLACEHOLDER.search(value)) or len(set(value)) < 4


def _is_assigned_secret(found: re.Match[str], *, is_configuration: bool) -> bool:
    """A quoted value in code, any value in configuration, that looks chosen (password) or drawn (key)."""
    value, name = found["secret"], found["name"].lower()
    if not (found["quote"] or is_configuration) or _is_placeholder(value) or NO_SECRET_NAME.search(name):
        return False
    if DOTTED.fullmatch(value) or (re.search(r"[()\[\]]", value) and not found["quote"]):
        return False  # a name in code, or a call
    if re.search(r"passw|pwd", name):
        return not WORDS_ONLY.match(value) and entropy(value) >= 2.0
    return looks_drawn(value)


def looks_drawn(value: str) -> bool:
    """Long, of letters and several digits, and without a pattern: what a generator makes."""
    digits = sum(character.isdigit() for character in value)
    return (
        len(value) >= 16 and 3 <= digits < len(value) - 2 and entropy(value) >= 3.2 and "/" not in value[:1]
    )


def entropy(text: str) -> float:
    """Shannon entropy of the characters, in bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


DETECTORS = {SignalName.SECRETS_IN_REPO: secrets_in_repo}
