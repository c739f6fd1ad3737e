"""Pages of maturity, one file a subject."""
