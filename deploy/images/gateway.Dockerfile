# The pages and the gateway in front of everything.
ARG NODE_IMAGE=node:24.19.0-bookworm-slim
ARG CADDY_IMAGE=caddy:2.11.7-alpine

FROM ${NODE_IMAGE} AS pages
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM ${CADDY_IMAGE}
# The capability to use ports below 1024 is not needed, and a binary that has it cannot start without it.
RUN cp /usr/bin/caddy /tmp/caddy && mv /tmp/caddy /usr/bin/caddy && mkdir -p /data /config && chown 10001:10001 /data /config
COPY deploy/gateway/Caddyfile /etc/caddy/Caddyfile
COPY --from=pages /web/dist /srv
ENV YIZHAN_HOST=0.0.0.0 YIZHAN_PORT=8080 YIZHAN_WEB=/srv
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
