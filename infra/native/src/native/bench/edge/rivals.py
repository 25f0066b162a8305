"""How nginx and HAProxy are asked to do the same work, one worker each.

nginx forwards and counts by address; HAProxy verifies the RS256 signature, issuer and audience of
each token and counts by subject in a stick table. Written to a folder of the run by `subjects.py`.
"""

from pathlib import Path

from native.bench.edge.tokens import ISSUER

# No bench may meet a limit; what is measured is the counting.
_MANY = 100_000_000


def nginx(folder: Path, port: int, upstream: int) -> Path:
    """The configuration; everything that nginx writes stays in the folder."""
    paths = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"""\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
{paths}
  access_log off;
  limit_req_zone $binary_remote_addr zone=all:10m rate={60_000}r/s;
  upstream service {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 1000000;
    location / {{
      limit_req zone=all burst=60000 nodelay;
      proxy_pass http://service;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""
    return _written(folder / "nginx.conf", text)


def haproxy(folder: Path, port: int, upstream: int, key: Path) -> Path:
    """The configuration; `key` is the PEM of the public key."""
    token = "var(txn.bearer)"  # noqa: S105  An expression of HAProxy, not a secret.
    text = f"""\
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend edge
  bind 127.0.0.1:{port}
  stick-table type string len 64 size 100k expire 60s store http_req_rate(60s)
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) {token},jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.alg) -m str RS256 }}
  http-request deny deny_status 401 unless {{ {token},jwt_payload_query('$.iss') -m str {ISSUER} }}
  http-request deny deny_status 401 unless {{ {token},jwt_payload_query('$.aud') -m str souk }}
  http-request deny deny_status 401 unless {{ {token},jwt_verify(txn.alg,"{key}") -m int 1 }}
  http-request track-sc0 {token},jwt_payload_query('$.sub')
  http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {_MANY} }}
  default_backend service
backend service
  server one 127.0.0.1:{upstream}
"""
    return _written(folder / "haproxy.cfg", text)


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
