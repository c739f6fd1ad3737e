"""Wiring: settings, addresses, workers, servers."""
