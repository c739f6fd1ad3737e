"""Parts of the GitHub connector."""
