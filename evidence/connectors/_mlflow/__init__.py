"""The rooms of the MLflow connector: requests (`api`), words (`faults`), and pure functions that
turn payloads into records (`tracking`, `datasets`, `models`, `registry`, `mlmodel`)."""
