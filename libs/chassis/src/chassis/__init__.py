"""The plumbing that every Souk service shares."""
