"""The serving side: uvicorn's httptools protocol, with an edge's limits and one write an answer.

uvicorn takes a protocol class as its `http` setting. Ours refuses what an edge must refuse before
an application sees it, and hands the head and the first piece of an answer to the kernel together,
which halves the system calls of a request (ADR 0012).
"""
