"""Probes, a file per capability. Pure: facts in, findings out. See `maturity.probe`."""
