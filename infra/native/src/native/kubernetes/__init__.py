"""What a cluster is given that no file holds: the secrets of a shop whose servers are plain ones.

`python -m native.kubernetes.secrets` prints them; docs/kubernetes.md and `tests/k8s` use it.
Roll-outs are in `native.delivery`.
"""
