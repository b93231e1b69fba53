"""gunicorn in production, behind the proxy of nginx.conf."""

import os

bind = "127.0.0.1:8000"
# A page is mostly Python: a second thread in a process does not make it faster, it makes both wait for each other after
# every answer of the database. So: processes, two for each core, with one thread for requests. ``gthread`` also reads
# connections that say nothing yet (browsers open some ahead) without giving a worker away for them.
worker_class = "gthread"
workers = 2 * (os.cpu_count() or 1)
threads = 1
graceful_timeout = 20
control_socket_disable = True
accesslog = "-"
# The path alone: query strings, referrers and client addresses are people's.
access_log_format = (
    '{"at": "%(t)s", "method": "%(m)s", "path": "%(U)s", "status": "%(s)s", "bytes": "%(B)s", "microseconds": "%(D)s"}'
)
