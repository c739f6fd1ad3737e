"""A small stand-in for the Kubeflow Pipelines v2beta1 API. It is not Kubeflow Pipelines.

It exists so that the sample workspace has pipeline runs that really happened: it takes a pipeline
compiled by the KFP SDK, executes it with the SDK's local runner, and answers about it as the API of
KFP 2 would. No Kubernetes, no containers, no sign-in, one machine. See README.md.
"""
