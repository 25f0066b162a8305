"""The use cases of payments, one a file: the folder's listing says what the service does.

`consumers` call them in the unit of work that the consumer opened; `api` has them open their own.
"""
