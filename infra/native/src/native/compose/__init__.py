"""The shop in containers: what `./souk --compose` does, and what its one-shot containers run.

On this machine: `client` speaks to Docker, `stack` says what runs and writes its record, with which
import, replay, verify and the others work as on any stack; `up`, `down`, `status`, `logs`, `reset`
and `chaos` are commands of their own. In a container: `secrets`, `stores`, `goods`. Record 0038.
"""
