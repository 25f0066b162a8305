"""Pictures of Grafana's dashboards, drawn from their own files and a real Prometheus.

`pictures.py` is the command, `backends.py` what it looks into, `asking.py` asks each panel's
queries, `panels.py` says which panels can be drawn, and `drawing.py` has a browser draw them with
the page of infra/observability/pictures. No part of a running shop.
"""
