"""What a repository shows about its own system, by reading and parsing, never by running."""
