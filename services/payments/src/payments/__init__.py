"""Payments: what was authorised, captured, voided and refunded, and the books that prove it.

The way of one command: `consumers/commands.py` takes it from Kafka, `application/` records the
operation it asks for, `consumers/provider_desk.py` carries that out against the provider outside
any transaction, and `application/record_outcomes.py` writes result, ledger and event together.
`domain/payment.py` has every rule; `domain/ledger.py` every posting.
"""
