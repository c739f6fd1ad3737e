"""The programs that `up` runs."""

import sys
import urllib.request
from functools import partial
from pathlib import Path

from config.processes import Program

QUEUES = "sync,assess,drift,notify"


def module(program: str, name: str, *arguments: object, once: bool = False, **env: str) -> Program:
    """A Python module as a program of its own."""
    return Program(program, [sys.executable, "-m", name, *map(str, arguments)], env, once=once)


def web(port: int) -> Program:
    program = module(
        "web", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port,
        "--blocking-threads", 4, "--no-ws", "--log-level", "warning", "config.wsgi:application",
    )  # fmt: skip
    program.is_ready = partial(_answers, f"http://127.0.0.1:{port}/health")
    return program


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except OSError:
        return False


def worker() -> Program:
    """BLAS threads are held at one: more of them only spin against the other workers."""
    return module(
        "worker", "celery", "-q", "-A", "config.celery", "worker", "-c", 2, "-Q", QUEUES, "-l", "warning",
        "--without-gossip", "--without-mingle", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
    )  # fmt: skip


def beat(data: Path) -> Program:
    return module("beat", "celery", "-q", "-A", "config.celery", "beat", "-l", "warning", "-s", data / "beat")


def sample_mlflow(folder: Path, port: int) -> Program:
    """A real MLflow server on SQLite; without its job runner it is two processes instead of ten."""
    folder.mkdir(parents=True, exist_ok=True)
    return module(
        "mlflow", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", 1,
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", folder / "artifacts", "--uvicorn-opts", "--log-level warning",
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true",
        MLFLOW_LOGGING_LEVEL="WARNING",
    )  # fmt: skip


def kfp_standin(folder: Path, port: int, *, mlflow_url: str) -> Program:
    """The stand-in for the KFP API; the pipelines that it executes log to the sample MLflow server."""
    folder.mkdir(parents=True, exist_ok=True)
    return module(
        "kfp",
        "samples.kfp_standin",
        "--data",
        folder,
        "--port",
        port,
        MLFLOW_TRACKING_URI=mlflow_url,
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
    )


def github_standin(folder: Path, port: int) -> Program:
    """The stand-in for GitHub: it shows the sample repositories and what their tests said."""
    return module("github", "samples.github_standin", "--data", folder, "--port", port)


def build_samples(*, web_url: str, mlflow_url: str, kfp_url: str, github_url: str) -> Program:
    return module(
        "samples", "django", "samples", "build", "--web", web_url, "--mlflow", mlflow_url, "--kfp", kfp_url,
        "--github", github_url,
        once=True, DJANGO_SETTINGS_MODULE="config.settings",
    )  # fmt: skip
