"""The catalogue: products, categories and prices.

main.py           the process; bootstrap.py puts it together (media_parts.py the pictures' part of
                  it), settings.py configures it
domain/           product.py decides every change; pictures.py uploads and pictures;
                  categories.py and placement.py the tree and its rules; ports.py and media.py
                  what the rest must offer
application/      one use case a file; queries.py what readers may ask; read_cache.py ready answers
adapters/         mongo.py the only module with a MongoDB driver; product_repository.py,
                  queries.py and indexes.py the documents; outbox_relay.py their events on the
                  way to Kafka; redis_cache.py; folder_media.py and s3_media.py the bytes of
                  pictures, painting.py what decodes them
api/              routes.py for everyone, writing_routes.py and picture_routes.py for
                  merchandisers, media_routes.py the bytes of pictures
consumers/        availability from inventory, and our own events for the cache
data/             categories.yaml
testing.py        fakes that pass the same suite as the real store
"""
