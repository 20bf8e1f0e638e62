# The service in one image: two stages, hashes checked, no root, nothing written outside /data and /tmp.
#   docker build -t policy-monitor .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL -v monitor-data:/data policy-monitor
# `make pin-images` adds the digest; until then the owner of the tag decides what the image is built on.
ARG PYTHON_IMAGE=python:3.13-slim-trixie
FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/monitor
WORKDIR /src
COPY requirements.lock ./
RUN /opt/monitor/bin/pip install --quiet --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY alembic ./alembic
COPY config ./config
COPY seeds ./seeds
COPY monitor ./monitor
RUN /opt/monitor/bin/pip install --quiet --no-deps --no-build-isolation . \
    && /opt/monitor/bin/python -m compileall -q /opt/monitor/lib

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="policy-monitor" \
      org.opencontainers.image.description="Watches news feeds for policy, explains every hit, sends digests once" \
      org.opencontainers.image.licenses="MIT"
# pg_dump and pg_restore, for backups: at least of the version of the server in docker-compose.yml.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 monitor \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin monitor \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/monitor /opt/monitor
COPY config /config
COPY seeds /seeds
# MALLOC_ARENA_MAX: many threads and big pages would otherwise keep unused memory.
ENV PATH=/opt/monitor/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    MONITOR_CONFIG=/config \
    MONITOR_DATABASE=sqlite:////data/monitor.db
# The shipped configuration's relative paths (data/outbox) are then below /data.
WORKDIR /
VOLUME /data
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8080
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["monitor", "health"]
ENTRYPOINT ["monitor"]
CMD ["run"]
