"""One file per system of continuous integration, found by a scan of this folder.

Each defines `jobs(repo)`: every job that the system would run, with its steps.
"""
