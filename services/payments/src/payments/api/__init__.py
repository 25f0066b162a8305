"""The staff's HTTP API: payments with their operations, and the ledger's balance.

Routes turn requests into commands and views into JSON; errors climb to the table in
`problems.py`. Customers never call it: their orders say whether they are paid.
"""
