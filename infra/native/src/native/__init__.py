"""The stack on one machine without containers."""
