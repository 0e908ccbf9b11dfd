# docker build -t hubgram .
# docker run -d --name hubgram --restart on-failure:10 -e BOT_TOKEN=… \
#   -v hubgram:/data -v ~/.cache/huggingface:/cache hubgram
# The folder given as /cache must be writable for user id 1000 (node); --user runs hubgram as somebody else.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# docker build --build-arg RUNTIMES="gguf onnx": what /check loads models with, of about 100 and 300 MB.
ARG RUNTIMES=""
COPY runtimes runtimes
RUN for runtime in $RUNTIMES; do (cd "runtimes/$runtime" && npm ci --omit=dev) || exit 1; done

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/runtimes runtimes
COPY package.json LICENSE ./
COPY migrations migrations
COPY src src
COPY deploy/entrypoint.sh deploy/entrypoint.sh

# /data holds the database and its backups, and what Node makes of the sources: half a second of each start otherwise. /cache is
# what other programs on the machine know as ~/.cache/huggingface.
RUN install --directory --owner=node --group=node /data /cache
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/data/compiled \
    MALLOC_ARENA_MAX=2 \
    HUBGRAM_DATA_DIR=/data \
    HF_HOME=/cache \
    HUBGRAM_HTTP_PORT=8080
VOLUME ["/data", "/cache"]

USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { HUBGRAM_HTTP_HOST: host = '127.0.0.1', HUBGRAM_HTTP_PORT: port } = process.env; fetch('http://' + (host.includes(':') ? '[' + host + ']' : host) + ':' + port + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/deploy/entrypoint.sh"]
CMD ["node", "--min-semi-space-size=8", "--max-semi-space-size=8", "src/start.mjs"]
