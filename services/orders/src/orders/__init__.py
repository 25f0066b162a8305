"""Carts, orders and the order saga.

The way in: `api/order_routes.py` → `application/place_order.py` → `domain/order.py`, and from
there through `adapters/unit_of_work.py` into one transaction. The way on: `consumers/` hear what
inventory and payments answer, `application/advance_saga.py` tells the order, and
`domain/saga.py`, which is a table, says what comes next.

- `domain/` decides and knows nothing of the world: orders, carts, prices, money, the saga.
- `application/` has one use case a file; `application/ports.py` says what they need.
- `adapters/` are PostgreSQL and Redis (`adapters/lua/` are the carts' scripts).
- `api/` is HTTP, `consumers/` is Kafka, `bootstrap.py` puts all of it together.
- `testing/` has the same shop in memory; the same suites run over both.
"""
