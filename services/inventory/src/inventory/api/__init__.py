"""The warehouse's HTTP API: stock, its movements, and adjustments.

Routes turn requests into commands and views into JSON; errors climb to the table in
`problems.py`.
"""
