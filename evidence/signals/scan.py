"""The scan: a tree of files in, every signal with its proofs out. Pure: reading is passed in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import ModuleType

from core.registry import RegistryError
from core.registry import scan as scan_folder
from evidence.signals import detectors
from evidence.signals.detectors.orchestration import pipeline_ir
from evidence.signals.exclusions import Role, role_of
from evidence.signals.reading import choose, decode
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName, Signals, signal_of

Reader = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Reads many files at once; a path that cannot be read is left out of the answer."""
Detector = Callable[[Repository], Iterable[Proof]]


def scan(sizes: Mapping[str, int], read: Reader, *, root: str = "") -> Signals:
    """All signals of the files below `root`; `sizes` maps every path of the tree to its size in bytes.

    With a `root`, files of the repository's top that steer builds (CI, Makefile) are read as well, but
    a CI file there counts only if it speaks of the root folder.
    """
    root = root.strip("/")
    roles = _roles(sizes, root=root)
    chosen, notes = choose({path: sizes[path] for path in roles}, roles)
    texts = dict(decode(read(chosen)))
    foreign = {p for p in roles if root and not p.startswith(f"{root}/") and root not in texts.get(p, "")}
    repo = Repository(roles={p: r for p, r in roles.items() if p not in foreign}, texts=texts, root=root)
    found = {name: signal_of(name, detect(repo)) for name, detect in all_detectors().items()}
    every_note = sorted({*notes, *repo.notes}, key=lambda note: (note.path, note.why))
    return Signals(by_name=found, notes=tuple(every_note), pipeline_ir=tuple(pipeline_ir(repo)))


def _roles(sizes: Mapping[str, int], *, root: str) -> dict[str, Role]:
    prefix = f"{root}/" if root else ""
    inside = {path: path.removeprefix(prefix) for path in sizes if path.startswith(prefix)}
    charts = {p.rpartition("/")[0] for p in inside.values() if p.rpartition("/")[2] == "Chart.yaml"}
    environments = tuple(p.removesuffix("pyvenv.cfg") for p in inside.values() if p.endswith("/pyvenv.cfg"))
    roles = {
        path: Role.ASIDE
        if environments and short.startswith(environments)
        else role_of(short, chart_folders=charts)
        for path, short in inside.items()
    }
    if root:
        steering = (
            p for p in sizes if p not in roles and (p.startswith((".github/", ".circleci/")) or "/" not in p)
        )
        roles |= dict.fromkeys(steering, Role.OWN)
    return roles


@cache
def all_detectors() -> Mapping[SignalName, Detector]:
    """Every signal's detector; a missing, doubled or unknown one stops the start."""
    found: dict[SignalName, Detector] = {}
    for module, table in scan_folder(detectors, _table).items():
        doubled = sorted(set(found) & set(table))
        if doubled:
            raise RegistryError(
                f"evidence/signals/detectors/{module}.py detects {doubled} a second time; keep one."
            )
        found |= table
    missing = sorted(set(SignalName) - set(found))
    if missing:
        raise RegistryError(f"No detector for {missing}: add it to a file of evidence/signals/detectors/.")
    return {name: found[name] for name in SignalName}


def _table(module: ModuleType) -> Mapping[SignalName, Detector] | None:
    table: Mapping[SignalName, Detector] | None = getattr(module, "DETECTORS", None)
    return table
