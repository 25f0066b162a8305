"""What the catalogue is: products, prices, categories, and the rules that hold among them.

Nothing here does IO or knows HTTP, Mongo or Kafka. `application/` calls it; `ports.py` names
what it needs from outside.
"""
