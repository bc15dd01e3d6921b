# The official broker with our configuration, as a user of its own.
ARG NATS_IMAGE=nats:2.15.1-alpine
FROM ${NATS_IMAGE}
RUN mkdir -p /data && chown 10001:10001 /data
COPY deploy/images/entrypoint.sh /usr/local/bin/entrypoint
COPY deploy/nats/adopt.sh /usr/local/bin/adopt
COPY deploy/nats/nats.conf deploy/nats/permissions.conf /etc/nats/
USER 10001:10001
VOLUME /data
EXPOSE 4222
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz?js-enabled-only=true"]
ENTRYPOINT ["entrypoint"]
CMD ["sh", "-c", "adopt /data/jetstream && exec nats-server --config /etc/nats/nats.conf"]
