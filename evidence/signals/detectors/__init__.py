"""The detectors, one file per family, found by a scan of this folder.

Each file defines `DETECTORS`: signal name -> function from the repository to the proofs. A detector
says in its docstring which evidence a senior reviewer would accept, and which they would refuse.
"""
