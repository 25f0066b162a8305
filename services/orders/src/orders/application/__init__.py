"""The use cases, one a file: this folder's listing says what the service does.

Each is a plain function that takes what it needs. The API's open and commit the unit of work;
those that a consumer calls work in the one that the consumer opened.
"""
