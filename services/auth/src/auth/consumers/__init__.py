"""What auth takes in: the changes that every service tells of, for the audit trail."""
