"""Fakes of the ports and ready-made values, so that unit and API tests need no server.

The suites that run over the real adapters run over these too, so that the two agree. Nothing in
the service's process imports this package.
"""
