"""Shell text read as a list of simple commands.

Not a shell: enough of one to tell `pytest -q` from `echo "pytest"`, `pip install pytest`, a comment
or a here-document, and to look through wrappers such as `poetry run`, `sudo` or `docker run IMAGE`.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.signals.vocabulary import vocabulary

Argv = tuple[str, ...]

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "while",
        "until",
        "for",
        "do",
        "done",
        "case",
        "esac",
        "in",
        "{",
        "}",
        "(",
        ")",
        "!",
        "function",
    ]
)
SEPARATORS = frozenset({";", "&", "|", "&&", "||", ";;", "|&", "(", ")", "\n"})
SHELLS = frozenset(["sh", "bash", "zsh", "dash", "ash", "ksh"])
PLAIN_WRAPPERS = vocabulary(
    "sudo time exec nohup command env xvfb-run stdbuf nice unbuffer retry eatmydata",
)
"""Run the rest of their line; options and assignments before it are skipped."""
RUN_WRAPPERS: dict[str, tuple[str, ...]] = {
    "poetry": ("run",),
    "pipenv": ("run",),
    "uv": ("run",),
    "conda": ("run",),
    "mamba": ("run",),
    "micromamba": ("run",),
    "dotenv": ("run",),
    "uvx": (),
    "pipx": ("run",),
    "npx": (),
    "coverage": ("run",),
    "aws-vault": ("exec",),
    "doppler": ("run",),
    "op": ("run",),
}
VALUED_OPTIONS = vocabulary(
    "-n --name -p --prefix --python --with --extra --group --env-file -e --environment --project",
    "--directory --package --only-group --no-group -f --file -C --cwd --rcfile --source --omit --include",
    "--data-file --with-requirements --manifest-path --index-url --from -u",
)
"""Options of the wrappers above that take the next word as their value."""
CONTAINER_RUN = {
    ("docker", "run"),
    ("podman", "run"),
    ("docker", "exec"),
    ("podman", "exec"),
    ("nerdctl", "run"),
}
CONTAINER_VALUED = vocabulary(
    "-v --volume -e --env -w --workdir -p --publish --name --network --net -u --user --mount --env-file",
    "--entrypoint --gpus --shm-size -m --memory --cpus --platform --label -l -h --hostname --add-host",
    "--pull --ipc --ulimit",
)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\+?=")
REDIRECT = re.compile(r"(?<![\w$])(\d*>&\d|&>>?\s*\S+|\d*>>?\s*(?![&>])\S+|\d*<(?![<&(])\s*\S+)(?=\s|;|\)|$)")
NEVER = re.compile(r"(?ms)^[ \t]*if\s+(false|\[\[?\s*false\s*\]\]?)\s*;?\s*then\b.*?\bfi\b")


@dataclass(frozen=True, slots=True)
class Line:
    """A simple command and the 1-based line of the text it stands on."""

    argv: Argv
    line: int


def commands(text: str) -> tuple[Line, ...]:
    """The simple commands of a script, in order; text that can never run is left out."""
    found: list[Line] = []
    text = NEVER.sub(lambda never: "\n" * never[0].count("\n"), text)
    for number, logical in _logical_lines(text):
        if _ends_here(logical, before=text.split("\n")[: number - 1]):
            break
        for argv in _split(logical):
            unwrapped = unwrap(argv)
            inner = _inline_script(unwrapped)
            if inner is not None:
                found.extend(Line(argv=line.argv, line=number) for line in commands(inner))
            elif unwrapped:
                found.append(Line(argv=unwrapped, line=number))
    return tuple(found)


def _ends_here(line: str, *, before: list[str]) -> bool:
    """True for an `exit` that stands outside every `if`, `case` and function: nothing below it runs."""
    if not re.match(r"exit(\s+\d+)?\s*$", line):
        return False
    words = re.findall(r"(?<![\w-])(if|fi|case|esac|[{}])(?![\w-])", "\n".join(before))
    return sum(words.count(w) for w in ("if", "case", "{")) <= sum(
        words.count(w) for w in ("fi", "esac", "}")
    )


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined, comments and here-documents taken out, with their numbers."""
    lines = text.replace("\r", "").split("\n")
    index = 0
    while index < len(lines):
        start, line = index, lines[index]
        while line.rstrip().endswith("\\") and index + 1 < len(lines):
            index += 1
            line = line.rstrip()[:-1] + " " + lines[index].strip()
        while _open_quote(line) and index + 1 < len(lines) and index - start < 400:
            index += 1
            line += "\n" + lines[index]
        index += 1
        heredoc = HEREDOC.search(line)
        if heredoc and "<<<" not in line:
            body, index = _heredoc(lines, index, end=heredoc[2])
            line = _feed(line[: heredoc.start()], body)
        yield start + 1, line


def _heredoc(lines: list[str], index: int, *, end: str) -> tuple[str, int]:
    body = []
    while index < len(lines) and lines[index].strip() != end:
        body.append(lines[index])
        index += 1
    return "\n".join(body), index + 1


def _feed(command: str, body: str) -> str:
    """A here-document is text, except when a shell or Python reads it."""
    first = (command.split() or [""])[0]
    return f"{first} -c {shlex.quote(body)}" if first in SHELLS or first.startswith("python") else command


def _open_quote(line: str) -> bool:
    try:
        list(_lexer(line))
    except ValueError:
        return True
    return False


def _lexer(line: str) -> shlex.shlex:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    return lexer


def _split(line: str) -> Iterator[Argv]:
    """The simple commands of one logical line."""
    try:
        tokens = list(_lexer(_protect(line)))
    except ValueError:
        tokens = line.split()
    current: list[str] = []
    for piece in [*tokens, ";"]:
        if piece in SEPARATORS or set(piece) <= set(";&|()"):
            if current:
                yield tuple(current)
            current = []
        elif current or piece not in KEYWORDS:
            current.append(piece)


def _protect(line: str) -> str:
    """`$(date)` and `${{ … }}` are values of a word here, and `a#b` holds no comment."""
    line = re.sub(r"\$\{\{.*?\}\}", "VALUE", line)
    line = REDIRECT.sub(" ", line) if "'" not in line and '"' not in line else re.sub(r"\d>&\d", " ", line)
    line = re.sub(r"\$\((?=[^()]*\))[^()]*\)", "VALUE", line)
    return re.sub(r"(?<=\S)#", "_", line)


def unwrap(argv: Argv) -> Argv:
    """The command that really runs behind assignments, redirections and wrappers."""
    for _ in range(8):
        inner = _unwrap_once(argv)
        if inner == argv:
            return argv
        argv = inner
    return argv


def _unwrap_once(argv: Argv) -> Argv:
    while argv and ASSIGNMENT.match(argv[0]):
        argv = argv[1:]
    if not argv:
        return argv
    name = argv[0].rsplit("/", 1)[-1]
    if name in PLAIN_WRAPPERS:
        return _after_options(argv[1:], VALUED_OPTIONS)
    if name == "timeout":
        return _after_options(argv[1:], VALUED_OPTIONS)[1:]
    if name in RUN_WRAPPERS:
        return _unwrap_run(argv, words=RUN_WRAPPERS[name])
    if argv[:2] in CONTAINER_RUN:
        return _after_options(argv[2:], CONTAINER_VALUED)[1:] or argv
    if re.fullmatch(r"python[\d.]*", name) and argv[1:4] == ("-m", "coverage", "run"):
        return _python_or_self(_after_options(argv[4:], VALUED_OPTIONS - {"-m"}))
    if (
        re.fullmatch(r"python[\d.]*", name)
        and len(argv) > 1
        and argv[1] in {"-u", "-B", "-I", "-E", "-s", "-O"}
    ):
        return (argv[0], *argv[2:])
    return argv


def _unwrap_run(argv: Argv, *, words: tuple[str, ...]) -> Argv:
    rest = argv[1:]
    if words:
        rest = _after_options(rest, VALUED_OPTIONS)
        if rest[:1] != words:
            return argv
        rest = rest[1:]
    inner = _after_options(rest, VALUED_OPTIONS)
    if argv[0] == "coverage":
        return _python_or_self(inner)
    return inner or argv


def _python_or_self(inner: Argv) -> Argv:
    """What `coverage run` runs: a module after -m, or a file."""
    return ("python", *inner) if inner else inner


def _after_options(argv: Argv, valued: frozenset[str]) -> Argv:
    """`argv` from its first word that is no option, option value or assignment; `-m` ends options."""
    index = 0
    while index < len(argv):
        word = argv[index]
        if word == "--":
            return argv[index + 1 :]
        if word == "-m":
            return argv[index:]
        if word.startswith("-"):
            index += 2 if word in valued else 1
        elif ASSIGNMENT.match(word):
            index += 1
        else:
            break
    return argv[index:]


def _inline_script(argv: Argv) -> str | None:
    """The text of `bash -c '…'` (also `-lc`, `-ec`, `-euxo pipefail -c`), else None."""
    if not argv or argv[0].rsplit("/", 1)[-1] not in SHELLS:
        return None
    for index, word in enumerate(argv[1:-1], start=1):
        if re.fullmatch(r"-[a-z]*c", word):
            return argv[index + 1]
    return None
