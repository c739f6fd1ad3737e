"""Measurements that the product promises to keep; run with `python -m benchmarks NAME [--json]`."""
