# The images of Parley, one a target: `auth`, `chat`, and `deploy` (the one-shots and the helper of docker-compose.yml).
# Needs nothing but the base image and the package index; every package is a wheel proved by its hash, so nothing is
# compiled here and no compiler is there.

FROM python:3.13-slim AS packages
RUN python -m venv --without-pip /opt/parley
# `tracing` instead has OpenTelemetry too, some 10 MB that only who collects traces needs.
ARG REQUIREMENTS=services
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN pip --python /opt/parley/bin/python install --disable-pip-version-check --no-cache-dir \
    --only-binary :all: --require-hashes -r /tmp/requirements.txt

# Readable for the user below, whatever the checkout's file modes are; compiled, since nothing can be written later.
FROM python:3.13-slim AS code
WORKDIR /app
COPY . .
RUN rm -rf requirements && chmod -R a+rX . && python -m compileall -q --invalidation-mode unchecked-hash .

FROM python:3.13-slim AS runtime
# The base's own pip: nobody installs anything here, and what is not there has no weak spots.
RUN rm -rf /usr/local/bin/pip* /usr/bin/pip* /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/ensurepip
COPY --from=packages /opt/parley /opt/parley
ENV PATH=/opt/parley/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.vendor="Parley" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# A number, so that an orchestrator can see that it isn't root; nobody of that number exists, nor needs to.
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS service
ENV HOST=0.0.0.0 PORT=8000 OPS_PORT=8001
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-m", "chassis.probe"]
COPY --from=code /app/chassis chassis

FROM service AS auth
LABEL org.opencontainers.image.title="Parley auth" \
      org.opencontainers.image.description="Accounts, sessions and tokens of Parley, a self-hosted chat"
COPY --from=code /app/auth_service auth_service
CMD ["python", "-m", "auth_service"]

FROM service AS chat
LABEL org.opencontainers.image.title="Parley chat" \
      org.opencontainers.image.description="Rooms, messages and the web client of Parley, a self-hosted chat"
COPY --from=code /app/chat_service chat_service
CMD ["python", "-m", "chat_service"]

FROM runtime AS deploy
LABEL org.opencontainers.image.title="Parley deploy" \
      org.opencontainers.image.description="Secrets, database users, routes and backups of Parley on Docker Compose"
COPY --from=code /app/standalone standalone
COPY --from=code /app/deploy deploy
COPY --from=code /app/gateway gateway
# An empty named volume takes over owner and mode of the folder it is first mounted on: so nothing here has to be root.
USER 0
RUN install -d -o 10001 -g 10001 -m 0755 /config /config/gateway /secrets \
    /acme /secrets/kept /secrets/auth /secrets/chat /secrets/mongodb /secrets/rabbitmq /secrets/database-users /secrets/backup
USER 10001:10001
