# `etlctl` in an image with nothing else: no shell, no package manager. What builds it is pinned in Cargo.toml
# and Cargo.lock; both stages are of one release of Debian, so that the binary finds the libc that it was
# linked with.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
RUN cargo build --release --locked

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/etlctl /usr/local/bin/etlctl
# Mount the folder with `desired-state/` and the sources here. What installs dependencies of layers, npm and
# pip, is not in the image: where a heal has to build such a layer, build on an image that has it.
WORKDIR /work
ENV ETLCTL_CACHE_DIR=/tmp/etlctl
EXPOSE 9464
ENTRYPOINT ["/usr/local/bin/etlctl"]
# Who probes /healthz comes from outside of the container.
CMD ["watch", "--listen", "0.0.0.0:9464", "--listen-anywhere"]
