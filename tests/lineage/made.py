"""A small made world of lineage: one chain from commit to deployment."""

from core.models import System
from evidence.models import Node
from tests.factories import EdgeFactory, NodeFactory

SHA = "9f3ab21c0ffee00000000000000000000000beef"


def a_node(kind: str, system: System | None, **fields: object) -> Node:
    made: Node = NodeFactory.create(kind=kind, system=system, **fields)
    return made


def link(src: Node, kind: str, dst: Node, **fields: object) -> None:
    EdgeFactory.create(src=src, kind=kind, dst=dst, **fields)


def a_chain(system: System, *, name: str = "churn") -> dict[str, Node]:
    """commit → run ← dataset version, run → model version → deployment."""
    nodes = {
        "commit": a_node(
            "commit",
            system,
            uid=f"urn:rashinban:commit:{SHA}" if name == "churn" else f"urn:c:{name}",
            label=SHA[:7],
        ),
        "dataset_version": a_node("dataset_version", system, label=f"{name}_gold a8f3c1"),
        "run": a_node(
            "run", system, label=f"{name}-run-7", uid=f"urn:rashinban:run:mlflow:h:{name}0123456789"
        ),
        "model_version": a_node(
            "model_version",
            system,
            label=f"{name} v3",
            attrs={"name": name, "version": "3", "aliases": ["champion"]},
        ),
        "deployment": a_node(
            "deployment", system, label=f"{name}-api", state="live", attrs={"environment": "production"}
        ),
    }
    link(nodes["commit"], "code_of", nodes["run"], method="tag mlflow.source.git.commit")
    link(nodes["dataset_version"], "read_by", nodes["run"], method="run input")
    link(nodes["run"], "wrote", nodes["model_version"], method="run output")
    link(nodes["model_version"], "deployed_as", nodes["deployment"], method="reported")
    return nodes
