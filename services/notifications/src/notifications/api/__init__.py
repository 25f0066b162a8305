"""Messages, preferences, webhooks and live updates over HTTP.

No message can be sent from here; they follow from events alone.
"""
