"""The catalogue: products, categories and prices.

main.py           the process; bootstrap.py puts it together, settings.py configures it
domain/           product.py decides every change; categories.py and placement.py the tree and
                  its rules; ports.py what the rest must offer
application/      one use case a file; queries.py what readers may ask; read_cache.py ready answers
adapters/         mongo.py the only module with a MongoDB driver; product_repository.py,
                  queries.py and indexes.py the documents; outbox_relay.py their events on the
                  way to Kafka; redis_cache.py
api/              routes.py for everyone, writing_routes.py for merchandisers
consumers/        availability from inventory, and our own events for the cache
data/             categories.yaml
testing.py        fakes that pass the same suite as the real store
"""
