"""What the catalogue hears from others, and from itself. Handlers only; Kafka is the chassis's."""
