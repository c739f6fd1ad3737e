"""`python -m samples.kfp_standin --data DIR --port PORT` starts the stand-in for Kubeflow Pipelines."""

import argparse
from pathlib import Path

from samples.kfp_standin.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="samples.kfp_standin", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for its state and the runs' outputs")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--parallel", type=int, default=2, help="runs executed at a time (2)")
    arguments = parser.parse_args()
    serve(data=arguments.data, port=arguments.port, parallel=arguments.parallel)


if __name__ == "__main__":
    main()
