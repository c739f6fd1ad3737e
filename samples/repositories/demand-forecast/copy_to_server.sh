#!/bin/sh
# Copies the model in MLflow to the server of the buyers' tool. Needs a key in ~/.ssh.
set -eu

version=${1:?which version, for example 3?}
mlflow artifacts download --artifact-uri "models:/demand-forecast/$version" --dst-path model
scp -r model buyers@forecast.example.invalid:/srv/forecast/
ssh buyers@forecast.example.invalid 'sudo systemctl restart forecast'
