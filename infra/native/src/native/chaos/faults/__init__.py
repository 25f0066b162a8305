"""What may go wrong, each a small class that does it to a stack and undoes it again."""
