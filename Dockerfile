# The image of nearside: Debian 12, the binary, and the libraries of deploy/packages/runtime.txt. Runs as an
# unprivileged user, needs no writable disk, and takes its configuration from /etc/nearside/nearside.yaml.
FROM debian:12 AS build
COPY deploy/packages/build.txt /packages/
RUN apt-get update -q \
 && sed 's/#.*//' /packages/build.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -q --no-install-recommends
COPY . /src
WORKDIR /src
# Function names stay for crash reports; line tables would be most of the image.
RUN cmake --preset release -DNEARSIDE_TOOLS=OFF -DCMAKE_EXE_LINKER_FLAGS="-fuse-ld=lld-19 -Wl,--strip-debug" \
 && cmake --build build --target nearside \
 && install -D build/nearside /out/usr/bin/nearside

FROM debian:12
COPY deploy/packages/runtime.txt /packages/
RUN apt-get update -q \
 && sed 's/#.*//' /packages/runtime.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -q --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /packages \
 && groupadd --system --gid 10001 nearside \
 && useradd --system --uid 10001 --gid nearside --home-dir /nonexistent --shell /usr/sbin/nologin nearside \
 && mkdir -p /etc/nearside
COPY --from=build /out/ /
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Asks the admin listener where the configuration leaves it: 127.0.0.1:8081, inside the container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/usr/bin/nearside", "health"]
ENTRYPOINT ["/usr/bin/nearside"]
CMD ["serve", "/etc/nearside/nearside.yaml"]
