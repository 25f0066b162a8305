"""The gateway's own pages, which are few and not hot: FastAPI serves them beside the forwarder.

Documentation, health, the explanation of each problem type, and a start page.
"""
