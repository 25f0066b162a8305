"""One OpenAPI 3.1 document for the whole shop, made from those of the services.

`merge` puts documents together and knows nothing of HTTP; `source` fetches and keeps them. The
pages `/openapi.json`, `/docs` and `/problems/…` are made from it.
"""
