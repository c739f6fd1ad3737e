"""GitLab CI: jobs with `extends`, `!reference`, local includes, rules and schedules."""

import re
from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import Job, Trigger, push_trigger, step_at
from evidence.signals.repository import Repository
from evidence.signals.vocabulary import vocabulary

FILE = ".gitlab-ci.yml"
RESERVED = vocabulary(
    "default include stages variables workflow image services before_script after_script cache spec types",
)
MOST_NESTING = 6
Body = dict[object, object]
Pipeline = dict[str, tuple[str, Body]]  # job name -> (file, body)


def jobs(repo: Repository) -> Iterator[Job]:
    pipeline: Pipeline = {}
    _collect(repo, FILE, into=pipeline, nesting=0)
    if _is_off(at(pipeline.get("workflow", ("", {}))[1], "rules")):
        return
    for name, (path, body) in pipeline.items():
        if name in RESERVED or name.startswith("."):
            continue
        whole = _extended(pipeline, body, nesting=0)
        runs = _script(pipeline, whole)
        if runs or "trigger" in whole:
            steps = tuple(step_at(repo, path, run=run, uses=_image(whole, pipeline)) for run in runs)
            yield Job(path=path, name=name, triggers=_triggers(whole), steps=steps)


def _collect(repo: Repository, path: str, *, into: Pipeline, nesting: int) -> None:
    """The jobs of a file and of the local files it includes; the including file wins."""
    for document in repo.yaml(path):
        children = [
            each for job in mapping(document).values() for each in items(at(job, "trigger", "include"))
        ]
        for entry in [*items(at(document, "include")), *children]:
            local = word(at(entry, "local")) or word(entry)
            if local and "://" not in local and nesting < MOST_NESTING:
                for included in _matching(repo, local.lstrip("/")):
                    _collect(repo, included, into=into, nesting=nesting + 1)
        for name, body in mapping(document).items():
            into[word(name)] = (path, mapping(body))


def _matching(repo: Repository, pattern: str) -> list[str]:
    """Files of a local include, which may hold `*` and `**`."""
    if "*" not in pattern:
        return [pattern]
    parts = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return [path for path in sorted(repo.texts) if re.fullmatch(parts, path)]


def _extended(pipeline: Pipeline, body: Body, *, nesting: int) -> Body:
    whole: Body = {}
    for parent in words(body.get("extends")):
        if parent in pipeline and nesting < MOST_NESTING:
            whole |= _extended(pipeline, pipeline[parent][1], nesting=nesting + 1)
    return whole | body


def _script(pipeline: Pipeline, body: Body) -> list[str]:
    before = body.get("before_script", at(pipeline.get("default", ("", {}))[1], "before_script"))
    main = _lines(pipeline, body.get("script"), nesting=0)
    return [*_lines(pipeline, before, nesting=0), *main] if main else []


def _lines(pipeline: Pipeline, script: object, *, nesting: int) -> list[str]:
    found: list[str] = []
    for entry in items(script):
        reference = words(at(entry, "!reference"))
        if len(reference) > 1 and nesting < MOST_NESTING:
            target = pipeline.get(reference[0], ("", {}))[1]
            found.extend(_lines(pipeline, at(target, *reference[1:]), nesting=nesting + 1))
        elif isinstance(entry, list) and nesting < MOST_NESTING:
            found.extend(_lines(pipeline, entry, nesting=nesting + 1))
        elif word(entry):
            found.append(word(entry))
    return found


def _image(body: Body, pipeline: Pipeline) -> str:
    image = body.get("image") or at(pipeline.get("default", ("", {}))[1], "image")
    return word(at(image, "name")) or word(image)


def _is_off(rules: object) -> bool:
    found = items(rules)
    return bool(found) and all(word(at(rule, "when")) == "never" for rule in found)


def _triggers(body: Body) -> frozenset[Trigger]:
    """What the rules let start the job; `when: manual` waits for a hand."""
    when = word(body.get("when"))
    rules = [rule for rule in items(body.get("rules")) if word(at(rule, "when")) != "never"]
    if when == "never" or _is_off(body.get("rules")):
        return frozenset()
    if when == "manual" and not rules:
        return frozenset({Trigger.MANUAL})
    if rules:
        return frozenset(trigger for rule in rules for trigger in _rule(rule, when))
    return _only(body)


def _rule(rule: object, when: str) -> set[Trigger]:
    if (word(at(rule, "when")) or when) == "manual":
        return {Trigger.MANUAL}
    condition = word(at(rule, "if"))
    asked = re.search(r"\$CI_PIPELINE_SOURCE\s*==\s*['\"](\w+)['\"]", condition)
    changes = at(rule, "changes")
    by_source = {
        "schedule": {Trigger.SCHEDULE},
        "merge_request_event": {Trigger.PULL_REQUEST},
        "trigger": {Trigger.EVENT},
        "api": {Trigger.EVENT},
        "pipeline": {Trigger.EVENT},
        "web": {Trigger.MANUAL},
    }
    if asked:
        return by_source.get(asked[1], {Trigger.PUSH})
    return {push_trigger(words(at(changes, "paths") or changes))}


def _only(body: Body) -> frozenset[Trigger]:
    """The older `only:`; a job without any rule runs on every push and merge request."""
    only = body.get("only")
    refs = set(words(at(only, "refs") or (only if not isinstance(only, dict) else None)))
    named = {
        "schedules": Trigger.SCHEDULE,
        "triggers": Trigger.EVENT,
        "api": Trigger.EVENT,
        "web": Trigger.MANUAL,
    }
    found = {named[ref] for ref in refs if ref in named}
    if "merge_requests" in refs:
        found.add(Trigger.PULL_REQUEST)
    if not refs or refs - set(named) - {"merge_requests"}:
        found.add(push_trigger(words(at(only, "changes"))))
    return frozenset(found)
