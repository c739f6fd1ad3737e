FROM python:3.13-slim

ENV NO_BOOTSTRAP=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/venv/bin:$PATH DATA_DIR=/data
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 rashinban \
    && install -d -o rashinban /data
WORKDIR /app
COPY requirements.lock .
# Compiled here, because the user below may not write: else every process and health check compiles all it imports.
RUN pip install --no-cache-dir uv \
    && uv venv /opt/venv \
    && uv pip install --no-cache --compile-bytecode --require-hashes --python /opt/venv/bin/python -r requirements.lock
COPY . .
# The static files lie in the image, not on the data volume.
RUN python -m compileall -q . \
    && STATIC_ROOT=/app/staticfiles SECRET_KEY=build EVIDENCE_KEY=build python manage.py collectstatic --noinput --verbosity 0
USER rashinban
