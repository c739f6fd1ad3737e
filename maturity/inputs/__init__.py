"""What people write about a system, one file a subject; each act has its right and its record."""
