# The pages and the gateway in front of everything.
ARG NODE_IMAGE=node:24.19.0-bookworm-slim
ARG CADDY_IMAGE=caddy:2.11.7-alpine
ARG BASE_IMAGE=alpine:3.22.2

FROM ${NODE_IMAGE} AS pages
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

# The capability to use ports below 1024 is not needed, and a binary that has it cannot start without it: a copy has none.
FROM ${CADDY_IMAGE} AS caddy
RUN cp /usr/bin/caddy /caddy && touch /etc/mime.types

# The program once, without the layer in which it has the capability.
FROM ${BASE_IMAGE}
COPY --from=caddy /caddy /usr/bin/caddy
COPY --from=caddy /etc/mime.types /etc/mime.types
# What it writes down of itself is of no use later, and the image is read only.
ENV XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
COPY deploy/gateway/Caddyfile /etc/caddy/Caddyfile
COPY --from=pages /web/dist /srv
ENV YIZHAN_HOST=0.0.0.0 YIZHAN_PORT=8080 YIZHAN_WEB=/srv
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
