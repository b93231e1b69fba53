"""gunicorn in production, behind the proxy of nginx.conf."""

bind = "127.0.0.1:8000"
workers = 4
threads = 4
graceful_timeout = 20
control_socket_disable = True
accesslog = "-"
# The path alone: query strings, referrers and client addresses are people's.
access_log_format = (
    '{"at": "%(t)s", "method": "%(m)s", "path": "%(U)s", "status": "%(s)s", "bytes": "%(B)s", "microseconds": "%(D)s"}'
)
