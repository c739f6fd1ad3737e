# ruff: noqa: E501  the tables hold whole texts, one a line
"""The ground under the detectors: roles of files, shell, documents, charts, Python, limits."""

import pytest

from evidence.signals import reading
from evidence.signals.documents import DocumentError, load_json, load_yaml
from evidence.signals.exclusions import Role, role_of
from evidence.signals.helm import render
from evidence.signals.python_code import CodeError, Module
from evidence.signals.results import Proof, SignalName, signal_of
from evidence.signals.scan import scan
from evidence.signals.shell import commands
from tests.evidence.signals.trees import notebook, scanned


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("Dockerfile", Role.OWN),
        ("services/churn/train.py", Role.OWN),
        ("envs/test/main.tf", Role.OWN),
        ("infra/templates/stack.yaml", Role.OWN),
        ("workflow-template.yaml", Role.OWN),
        ("src/main/java/com/example/App.java", Role.OWN),
        ("tests/test_a.py", Role.TEST),
        ("src/churn/test_a.py", Role.TEST),
        ("tests/fixtures/a.py", Role.ASIDE),
        ("Examples/a.py", Role.ASIDE),
        ("dags/example_dags/a.py", Role.ASIDE),
        ("third-party/x/a.py", Role.ASIDE),
        (".venv/lib/python3.11/site-packages/a.py", Role.ASIDE),
        ("{{cookiecutter.slug}}/a.py", Role.ASIDE),
        ("templates/project/Dockerfile", Role.ASIDE),
        ("config.sample.yaml", Role.ASIDE),
        (".env.example", Role.ASIDE),
    ],
)
def test_role_of(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_role_of_a_chart_template_is_own() -> None:
    assert role_of("deploy/templates/a.yaml", chart_folders={"deploy"}) is Role.OWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pytest -q", ["pytest -q"]),
        ("# pytest\nls", ["ls"]),
        ("A=1 sudo -E poetry run pytest > log 2>&1", ["pytest"]),
        ("a && b || c; d | e", ["a", "b", "c", "d", "e"]),
        ("docker build \\\n  -t x .", ["docker build -t x ."]),
        ("cat <<EOF\npytest\nEOF\nls", ["cat", "ls"]),
        ("bash <<EOF\npytest\nEOF", ["pytest"]),
        ("bash -euo pipefail -c 'make test'", ["make test"]),
        ("if [ -f x ]; then pytest; fi", ["[ -f x ]", "pytest"]),
        ("if false; then\n  pytest\nfi\nls", ["ls"]),
        ("exit 0\npytest", []),
        ("if x; then\nexit 1\nfi\npytest", ["x", "exit 1", "pytest"]),
        ('echo "a; pytest"', ["echo a; pytest"]),
        ("docker run --rm -e A=1 -v $PWD:/w image:1 pytest", ["pytest"]),
        ("coverage run --source=src -m pytest", ["python -m pytest"]),
        ("timeout 10m pytest", ["pytest"]),
        ("echo 'open", ["echo 'open"]),
    ],
)
def test_shell_commands(text: str, expected: list[str]) -> None:
    assert [" ".join(line.argv) for line in commands(text)] == expected


def test_shell_commands_know_their_line() -> None:
    assert [line.line for line in commands("a\n\n# x\nb \\\n  c\nd")] == [1, 4, 6]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    "text", [BOMB, "[" * 5000, "- " * 5000, "a: {", "a: b: c", "{[1]: 2}: 3\n? [a]\n: b"]
)
def test_load_yaml_refuses_what_would_hurt(text: str) -> None:
    with pytest.raises(DocumentError):
        load_yaml(text)


def test_load_yaml_takes_strange_tags_and_dates_as_plain_data() -> None:
    assert load_yaml("a: !Ref x\nb: !GetAtt [c, d]\nwhen: 2026-13-45\n---\n") == (
        {"a": "x", "b": ["c", "d"], "when": "2026-13-45"},
    )


@pytest.mark.parametrize("text", ["{", "[" * 200_000])
def test_load_json_refuses_what_would_hurt(text: str) -> None:
    with pytest.raises(DocumentError):
        load_json(text)


def test_yaml_is_never_executed() -> None:
    with pytest.raises(DocumentError):
        load_yaml("a: !!python/object/apply:os.system [id]\n")


def test_render_fills_values_and_keeps_line_numbers() -> None:
    text = "a: {{ .Values.x.y }}\n{{- if .Values.off }}\nb: 1\n{{- else }}\nc: 1\n{{- end }}\nd: {{ .Values.z | default 5 }}"
    assert render(text, {"x": {"y": 3}, "off": False}).split("\n") == ["a: 3", "", "", "", "c: 1", "", "d: 5"]


def test_module_follows_aliases_assignments_and_parameters() -> None:
    code = """
from kfp import dsl as d
from mlflow import MlflowClient

class P:
    def __init__(self):
        self.client = MlflowClient()

    def go(self, other: MlflowClient):
        self.client.a()
        other.b()

with MlflowClient() as c:
    c.d()
d.pipeline()
"""
    names = {name for call in Module("p.py", code).calls for name in call.names}
    wanted = {
        "mlflow.MlflowClient",
        "mlflow.MlflowClient().a",
        "mlflow.MlflowClient().b",
        "mlflow.MlflowClient().d",
    }
    assert names == wanted | {"kfp.dsl.pipeline"}


@pytest.mark.parametrize("source", ["def (", "x = '\0'", "(" * 1000 + ")" * 1000, "print 'old'"])
def test_module_says_when_code_cannot_be_read(source: str) -> None:
    with pytest.raises(CodeError):
        Module("x.py", source)


def test_a_notebook_with_one_broken_cell_is_still_read() -> None:
    tree = {"a.ipynb": notebook("%%bash\npytest", "def (", "import mlflow\nmlflow.autolog()")}
    assert scanned(tree)[SignalName.EXPERIMENT_TRACKING].value == ("mlflow",)


def test_files_in_utf16_are_read() -> None:
    blob = "numpy==1.0\r\n".encode("utf-16")
    signals = scan({"requirements.txt": len(blob), "a.py": 0}, lambda paths: {"requirements.txt": blob})
    assert signals[SignalName.DEPENDENCY_LOCK].value is True


def test_large_files_are_noted_and_not_read() -> None:
    signals = scan({"big.py": 10_000_000}, lambda paths: dict.fromkeys(paths, b""))
    assert [(note.path, note.why[:8]) for note in signals.notes] == [("big.py", "not read")]


def test_reading_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 1)
    roles = {"a.py": Role.OWN, "b.py": Role.OWN}
    chosen, notes = reading.choose({"a.py": 1, "b.py": 1}, roles)
    assert chosen == ["a.py"]
    assert notes[0].why.startswith("1 files were left unread")


def test_signal_of_refuses_a_term_outside_the_vocabulary() -> None:
    with pytest.raises(ValueError, match="cannot say"):
        signal_of(SignalName.IAC, [Proof(path="a", line=1, why="x", term="ansible")])


def test_a_scan_of_nothing_has_every_signal() -> None:
    signals = scanned({})
    assert set(signals.by_name) == set(SignalName)
    assert not any(signal.value for signal in signals.by_name.values())
