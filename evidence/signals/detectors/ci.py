"""Continuous integration: is there any, does it test, does it build images."""

import re
from collections.abc import Iterator, Mapping

from evidence.signals.commands import Command, commands_in, is_python_module
from evidence.signals.containers import built_by
from evidence.signals.documents import at, mappings, word
from evidence.signals.integration import job_commands, jobs, python_calls
from evidence.signals.jobs import Job, Step
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.vocabulary import vocabulary

HOUSEKEEPING = re.compile(
    r"actions/(stale|labeler|first-interaction|delete-package-versions|add-to-project)|lock-threads|greet|"
    r"welcome|"
    r"auto-?assign|release-drafter|semantic-pull-request|auto-?merge|all-contributors|first-timers|"
    r"toc-generator|"
    r"action-dependabot|fetch-metadata|sync-labels|label(er|s)?@",
    re.IGNORECASE,
)


def ci_workflow(repo: Repository) -> Iterator[Proof]:
    """A job with steps that an event of the code, a clock or a person starts.

    Refused: an empty or wholly commented-out file, jobs switched off by `if: false`, and robots
    that only tidy issues, labels and pull requests.
    """
    for job in jobs(repo):
        working = [step for step in job.steps if step.run or not HOUSEKEEPING.search(step.uses)]
        if any(step.run or not re.match(r"actions/checkout@", step.uses) for step in working):
            yield Proof(path=job.path, line=working[0].line, why=f"job {job.name} runs on {_spoken(job)}")


def _spoken(job: Job) -> str:
    return ", ".join(sorted(trigger.value for trigger in job.triggers))


LISTING = frozenset({"--collect-only", "--co", "--version", "--help", "-h", "--fixtures", "--markers", "-V"})
PYTHON_RUNNERS = vocabulary(
    "pytest py.test pytest-3 nosetests nose2 trial ward green stestr zope-testrunner",
)
OTHER_RUNNERS = vocabulary(
    "jest vitest mocha ava jasmine karma cypress bats ctest rspec phpunit testthat busted shunit2 tap",
)
WITH_VERB: Mapping[str, frozenset[str]] = {
    "go": frozenset({"test"}),
    "cargo": frozenset({"test", "nextest"}),
    "dotnet": frozenset({"test"}),
    "mvn": frozenset({"test", "verify", "install", "package", "deploy"}),
    "mvnw": frozenset({"test", "verify", "install", "package", "deploy"}),
    "gradle": frozenset({"test", "check", "build"}),
    "gradlew": frozenset({"test", "check", "build"}),
    "sbt": frozenset({"test", "+test", "testOnly"}),
    "bazel": frozenset({"test"}),
    "bazelisk": frozenset({"test"}),
    "pants": frozenset({"test"}),
    "hatch": frozenset({"test"}),
    "kedro": frozenset({"test"}),
    "playwright": frozenset({"test"}),
    "react-scripts": frozenset({"test"}),
    "bun": frozenset({"test"}),
    "deno": frozenset({"test"}),
    "manage.py": frozenset({"test"}),
}
SESSIONS = frozenset({"tox", "nox"})
TEST_ACTION = re.compile(
    r"pytest(?!.*(comment|report|badge|summary|annotat))[\w-]*action|/(py)?test-?action@|run-pytest|"
    r"^python/test$",
    re.I,
)
TEST_CALL = re.compile(r"pytest\.main|unittest\.(main|TextTestRunner\(\)\.run)")


def ci_runs_tests(repo: Repository) -> Iterator[Proof]:
    """A job that starts by itself runs a test runner, directly or through make, tox or a script.

    Refused: installing or naming the runner, listing tests, commented-out or dead lines, and jobs
    that wait for a hand.
    """
    for job, found in job_commands(repo):
        if not job.is_automatic:
            continue
        for command in found:
            if is_test_run(repo, command):
                yield from command.proofs(f"`{command.text[:60]}` runs tests")
        for step in job.steps:
            if TEST_ACTION.search(step.uses):
                yield Proof(path=step.path, line=step.line, why=f"{step.uses} runs tests")


def is_test_run(repo: Repository, command: Command) -> bool:
    argv, name = command.argv, command.name
    if LISTING & set(argv):
        return False
    if name in PYTHON_RUNNERS | OTHER_RUNNERS or is_python_module(argv, *PYTHON_RUNNERS, "unittest", "nose"):
        return True
    if name in WITH_VERB:
        return bool(WITH_VERB[name] & set(argv[1:])) and not re.search(
            r"skip[Tt]ests|-x test|maven\.test\.skip", command.text
        )
    if name in SESSIONS or is_python_module(argv, *SESSIONS):
        return _unconfigured(repo, command)
    if name == "pre-commit":
        return _hooks_test(repo)
    if name in {"docker", "podman"} and "build" in argv:
        return _image_tests(repo, command)
    return _python_tests(repo, command)


def _unconfigured(repo: Repository, command: Command) -> bool:
    """tox and nox are test runners by name; where they are configured, their commands decide."""
    configured = ("tox.ini", "tox.toml", "noxfile.py")
    texts = (repo.text("setup.cfg"), repo.text("pyproject.toml"))
    return not any(name in repo.texts for name in configured) and not any("tox" in text for text in texts)


def _hooks_test(repo: Repository) -> bool:
    """A local pre-commit hook whose entry is a test runner."""
    path = ".pre-commit-config.yaml"
    entries = [
        word(hook.get("entry")) for document in repo.yaml(path) for hook in mappings(at(document, "repos"))
    ]
    return any(
        is_test_run(repo, command)
        for entry in entries
        if entry and not entry.startswith("pre-commit")
        for command in commands_in(repo, entry, path=path)
    )


def _image_tests(repo: Repository, command: Command) -> bool:
    """The stage that a `docker build` makes runs the tests while it is built."""
    path, stage = built_by(repo, command.argv, folder=command.folder)
    return any(
        inner.name != "docker" and is_test_run(repo, inner)
        for instruction in stage
        if instruction.name == "RUN"
        for inner in commands_in(repo, re.sub(r"^(--\S+\s+)+", "", instruction.value), path=path)
    )


def _python_tests(repo: Repository, command: Command) -> bool:
    argv = command.argv
    if command.name.startswith("python") and argv[2:3] == ("test",):
        return argv[1].rsplit("/", 1)[-1] in {"setup.py", "manage.py"}
    if re.match(r"Rscript|R$|julia", command.name):
        return bool(
            re.search(r"testthat|devtools::test|tinytest|rcmdcheck|CMD check|Pkg\.test", command.text)
        )
    calls = python_calls(repo, command)
    return any(TEST_CALL.fullmatch(name) for _, call in calls for name in call.names)


BUILD_COMMAND = re.compile(
    r"^(docker|podman|nerdctl)( -\S+)*( image| builder)? build |^docker buildx (build|bake)|"
    r"^docker[ -]compose( -\S+( \S+\.ya?ml)?)* build|"
    r"^docker[ -]compose .*\bup\b.* --build|^buildah (bud|build|build-using-dockerfile)|^img build|"
    r"^gcloud( \w+)? builds submit|^gcloud run deploy .*--source|^az acr build|^pack build|^ko (build|"
    r"publish|apply|resolve)|"
    r"^skaffold (build|run)|^bentoml containerize|^mlflow models build-docker|^s2i build|^cog (build|push)|"
    r"^heroku container:push|^kfp component(s)? build|^earthly |^werf (build|converge)|^copilot (svc |"
    r"job )?deploy|"
    r"^mvnw? .*jib:(build|dockerBuild)|^gradlew? .*jib|^(\./)?mvnw .*spring-boot:build-image|"
    r"^apptainer build|^singularity build|"
    r"^docker-buildx build|^depot (build|bake)"
)
KANIKO = re.compile(r"(^|/)executor$")
BUILD_ACTION = re.compile(
    r"docker/(build-push-action|bake-action)|docker-build|build-?(and-)?push|buildah-build|kaniko|"
    r"publish-docker|acr-build|docker_build|docker\.build|^plugins/(docker|ecr|gcr|acr)|plugin-docker|"
    r"docker-buildx|buildpacks|^docker/(build|publish)|docker#|dockerfile-build",
    re.IGNORECASE,
)
NO_BUILD_ACTION = re.compile(r"setup-|login|metadata|hadolint|lint|scan", re.IGNORECASE)


def ci_builds_images(repo: Repository) -> Iterator[Proof]:
    """A job builds a container image, by command or by a ready-made action.

    Refused: pulling, signing in, setting up the builder, starting services that others built.
    """
    for job, found in job_commands(repo):
        for command in found:
            if _builds_image(command):
                yield from command.proofs(f"`{command.text[:60]}` builds an image")
        for step in job.steps:
            if _action_builds(step):
                yield Proof(path=step.path, line=step.line, why=f"{step.uses} builds an image")


def _builds_image(command: Command) -> bool:
    text = " ".join((command.name, *command.argv[1:])) + " "
    kaniko = KANIKO.search(command.argv[0]) and re.search(r"--(destination|dockerfile|context|no-push)", text)
    return bool(kaniko or (BUILD_COMMAND.search(text) and not re.search(r" (--help|-h) ", text)))


def _action_builds(step: Step) -> bool:
    task = re.match(r"Docker(Compose)?@", step.uses)
    if task:
        asked = step.settings.get("command", step.settings.get("action", "buildAndPush"))
        return "build" in asked.lower()
    if "/" in step.uses and "#" not in step.uses and step.run and "kaniko" not in step.uses:
        return False  # the image a script runs in, not an action
    return bool(BUILD_ACTION.search(step.uses)) and not NO_BUILD_ACTION.search(step.uses)


DETECTORS = {
    SignalName.CI_WORKFLOW: ci_workflow,
    SignalName.CI_RUNS_TESTS: ci_runs_tests,
    SignalName.CI_BUILDS_IMAGES: ci_builds_images,
}
