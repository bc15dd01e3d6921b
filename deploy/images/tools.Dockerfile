# What provisions the broker and MongoDB, and runs the demo: it knows every service's consumers, and serves nobody.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
COPY requirements.lock /tmp/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.lock

FROM ${PYTHON_IMAGE}
RUN mkdir -p /app /data && chown 10001:10001 /data
COPY --from=packages /venv /venv
COPY deploy/images/entrypoint.sh /usr/local/bin/entrypoint
COPY deploy/images/healthy.py /usr/local/lib/healthy.py
RUN printf '#!/bin/sh\nexec /usr/local/bin/python -I -S /usr/local/lib/healthy.py "$@"\n' >/usr/local/bin/healthy \
 && chmod +x /usr/local/bin/healthy
COPY services /app/services
COPY shared /app/shared
COPY deploy /app/deploy
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["entrypoint"]
