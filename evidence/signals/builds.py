"""Build files that commands lead into: Makefile targets, task runners and tables of scripts."""

import re
from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.repository import Repository
from evidence.signals.shell import Argv

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
Recipe = tuple[str, int, str]  # file, line, shell text


def make(repo: Repository, argv: Argv, *, folder: str) -> Iterator[Recipe]:
    """The recipes that `make …` runs."""
    targets, folder, named = _make_words(argv, folder)
    names = [named] if named else list(MAKEFILES)
    path = next((p for n in names if (p := join(folder, n)) in repo.texts), None)
    if path is not None:
        rules, first = _rules(_with_includes(repo, path))
        seen: set[str] = set()
        for target in targets or [first]:
            yield from _recipes(path, rules, target, seen)


def _make_words(argv: Argv, folder: str) -> tuple[list[str], str, str]:
    targets, named, index = [], "", 1
    while index < len(argv):
        word_, following = argv[index], argv[index + 1] if index + 1 < len(argv) else ""
        if word_ in {"-C", "--directory"}:
            folder, index = join(folder, following), index + 1
        elif word_ in {"-f", "--file"}:
            named, index = following, index + 1
        elif word_ in {"-j", "--jobs"} and following.isdigit():
            index += 1
        elif not word_.startswith("-") and "=" not in word_:
            targets.append(word_)
        index += 1
    return targets, folder, named


def _with_includes(repo: Repository, path: str) -> str:
    """The text of a Makefile followed by what it includes; lines of includes count on."""
    text = repo.text(path)
    named = [name for line in re.findall(r"(?m)^-?include[ \t]+(.+)$", text) for name in line.split()]
    return "\n".join([text, *(repo.text(join(path.rpartition("/")[0], name)) for name in named)])


Rules = dict[str, tuple[list[str], list[tuple[int, str]]]]


def _rules(text: str) -> tuple[Rules, str]:
    """Targets with their prerequisites and recipe lines, and the first target."""
    variables: dict[str, str] = {}
    rules: Rules = {}
    current: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("\t"):
            for name in current:
                rules[name][1].append((number, _expand(line.strip().lstrip("@-+"), variables)))
            continue
        variable = re.match(r"^(?:export\s+|override\s+)?([\w.-]+)\s*(?::{0,2}|\?|\+)=\s*(.*)$", line)
        rule = re.match(r"^([^\s#:=][^#:=]*?)\s*::?(?!=)([^#;]*)(?:;(.*))?", line)
        if variable:
            variables[variable[1]] = variable[2]
        elif rule:
            current = _expand(rule[1], variables).split()
            for name in current:
                rules.setdefault(name, ([], []))[0].extend(_expand(rule[2], variables).split())
                if rule[3]:
                    rules[name][1].append((number, _expand(rule[3], variables)))
    return rules, next((name for name in rules if not name.startswith(".")), "")


def _expand(text: str, variables: dict[str, str]) -> str:
    for _ in range(4):
        text = re.sub(r"\$[({](\w[\w.-]*)[)}]", lambda m: variables.get(m[1], m[0])[:2000], text)
    return text[:8000].replace("$(MAKE)", "make").replace("${MAKE}", "make").replace("$$", "$")


def _recipes(path: str, rules: Rules, target: str, seen: set[str]) -> Iterator[Recipe]:
    if target in seen or target not in rules or len(seen) > 60:
        return
    seen.add(target)
    needs, lines = rules[target]
    for need in needs:
        yield from _recipes(path, rules, need, seen)
    text, start = "", 0
    for number, line in lines:
        start = start or number
        text += line.removesuffix("\\") + (" " if line.endswith("\\") else "")
        if not line.endswith("\\"):
            yield path, start, text
            text, start = "", 0


def just(repo: Repository, argv: Argv, *, folder: str) -> Iterator[Recipe]:
    """The recipes of `just …`; recipes it depends on come first."""
    path = next(
        (p for n in ("justfile", "Justfile", ".justfile") if (p := join(folder, n)) in repo.texts), None
    )
    if path is None:
        return
    rules: Rules = {}
    current = ""
    for number, line in enumerate(repo.text(path).splitlines(), start=1):
        header = re.match(r"^@?([A-Za-z_][\w-]*)([^:=]*):(?!=)(.*)$", line)
        if line[:1] in {" ", "\t"} and current:
            rules[current][1].append((number, line.strip().lstrip("@-")))
        elif header:
            current = header[1]
            rules[current] = (header[3].split(), [])
    first = next(iter(rules), "")
    seen: set[str] = set()
    for target in [word_ for word_ in argv[1:] if not word_.startswith("-")] or [first]:
        yield from _recipes(path, rules, target, seen)


def taskfile(repo: Repository, argv: Argv, *, folder: str) -> Iterator[Recipe]:
    """The commands of `task …` (Taskfile.yml)."""
    names = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml")
    path = next((p for n in names if (p := join(folder, n)) in repo.texts), None)
    if path is None:
        return
    tasks = at(next(iter(repo.yaml(path)), None), "tasks")
    pending = [word_ for word_ in argv[1:] if not word_.startswith("-")] or ["default"]
    for _ in range(60):
        if not pending:
            return
        body = at(tasks, pending.pop(0))
        pending.extend(word(dep) or word(at(dep, "task")) for dep in items(at(body, "deps")))
        for command in items(
            at(body, "cmds") or at(body, "cmd") or (body if not isinstance(body, dict) else None)
        ):
            text = word(command) or word(at(command, "cmd"))
            pending.extend(words(at(command, "task")))
            if text:
                yield path, repo.line_of(path, re.escape(text.splitlines()[0])), text


def scripts(repo: Repository, name: str, *, folder: str) -> Iterator[Recipe]:
    """Commands that pyproject.toml gives a name: hatch, pdm, poe, pixi, taskipy and rye scripts."""
    path = join(folder, "pyproject.toml")
    tool = at(repo.toml(path), "tool")
    environment, _, short = name.rpartition(":")
    tables = [
        at(tool, "pdm", "scripts"),
        at(tool, "rye", "scripts"),
        at(tool, "poe", "tasks"),
        at(tool, "taskipy", "tasks"),
        at(tool, "pixi", "tasks"),
        *(at(tool, "hatch", "envs", env, "scripts") for env in [environment or "default"]),
        *(at(body, "tasks") for body in mapping(at(tool, "pixi", "feature")).values()),
    ]
    for table in tables:
        for text in _script_texts(at(table, name) or at(table, short or name)):
            yield path, repo.line_of(path, re.escape(text[:60])), text


def _script_texts(value: object) -> list[str]:
    if isinstance(value, dict):
        found = value.get("cmd") or value.get("shell") or value.get("composite") or value.get("sequence")
        return [" ".join(words(found))] if isinstance(found, list) and "cmd" in value else words(found)
    return words(value)


def package_script(repo: Repository, name: str, *, folder: str) -> Iterator[Recipe]:
    """A script of package.json."""
    path = join(folder, "package.json")
    text = word(at(repo.json(path), "scripts", name))
    if text:
        yield path, repo.line_of(path, rf'"{re.escape(name)}"\s*:'), text


def join(folder: str, name: str) -> str:
    """A path below `folder`, with `./` and `..` resolved inside the repository."""
    parts: list[str] = []
    for part in f"{folder}/{name}".split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def all_recipes(repo: Repository, path: str) -> Iterator[Recipe]:
    """The recipes of every target of a Makefile."""
    rules, _ = _rules(repo.text(path))
    seen: set[str] = set()
    for target in rules:
        yield from _recipes(path, rules, target, seen)
