# The Redis of this machine or of its wheel, started as the official image is.
ARG BASE
FROM ${BASE}
RUN groupadd --system redis && useradd --system --gid redis redis
COPY redis-server /usr/local/bin/redis-server
COPY redis-cli /usr/local/bin/redis-cli
COPY redis-entrypoint.sh /usr/local/bin/
USER redis
ENTRYPOINT ["sh", "/usr/local/bin/redis-entrypoint.sh"]
CMD ["redis-server"]
