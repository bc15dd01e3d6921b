# One image holds one service: docker build -f deploy/images/service.Dockerfile --build-arg SERVICE=requests .
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
COPY requirements.lock /tmp/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.lock

FROM ${PYTHON_IMAGE}
ARG SERVICE
RUN test -n "${SERVICE}" && mkdir -p /app /data/keys && chown 10001:10001 /data/keys
COPY --from=packages /venv /venv
COPY deploy/images/entrypoint.sh /usr/local/bin/entrypoint
COPY deploy/images/healthy.py /usr/local/lib/healthy.py
RUN printf '#!/bin/sh\nexec /usr/local/bin/python -I -S /usr/local/lib/healthy.py "$@"\n' >/usr/local/bin/healthy \
 && chmod +x /usr/local/bin/healthy
COPY services/__init__.py /app/services/__init__.py
COPY services/${SERVICE} /app/services/${SERVICE}
COPY shared /app/shared
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SERVICE=${SERVICE} \
    YIZHAN_HOST=0.0.0.0 \
    YIZHAN_PORT=8000 \
    YIZHAN_LOG=json
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 CMD ["healthy", "8000", "/readyz"]
ENTRYPOINT ["entrypoint"]
CMD ["sh", "-c", "exec python -m services.$SERVICE"]
