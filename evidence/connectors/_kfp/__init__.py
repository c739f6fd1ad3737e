"""How the KFP connector reads: the compiled pipeline, the API, and the records both become."""
