"""`python -m samples.github_standin --data DIR --port PORT` starts the stand-in for GitHub."""

import argparse
from pathlib import Path

from samples.github_standin.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="samples.github_standin", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sample workspace")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    arguments = parser.parse_args()
    serve(data=arguments.data, port=arguments.port)


if __name__ == "__main__":
    main()
