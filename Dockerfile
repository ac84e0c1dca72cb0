# syntax=docker/dockerfile:1
# Static programs on an empty base, run by a user with no name and no rights:
#   docker build -t tenure .                       the worker and the command line
#   docker build -t tenure --target standalone .   everything in one process, Temporal included

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ENV CGO_ENABLED=0
# The time zones go into the programs: the base has none, and a case's hours are those of the leaver's zone.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /out /data && \
    go build -trimpath -tags timetzdata -ldflags="-s -w" -o /out/tenure ./starter && \
    go build -trimpath -tags timetzdata -ldflags="-s -w" -o /out/tenure-worker ./workers && \
    go build -trimpath -tags timetzdata -ldflags="-s -w" -o /out/tenure-standalone ./standalone && \
    go build -trimpath -ldflags="-s -w" -o /out/healthz ./deploy/healthz

FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY LICENSE /
USER 65532:65532

FROM base AS standalone
COPY --from=build --chown=65532:65532 --chmod=700 /data /var/lib/tenure
VOLUME /var/lib/tenure
COPY --from=build /out/tenure-standalone /out/tenure /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/tenure-standalone", "--data", "/var/lib/tenure"]

FROM base AS tenure
COPY --from=build /out/tenure /out/tenure-worker /out/healthz /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/tenure"]
