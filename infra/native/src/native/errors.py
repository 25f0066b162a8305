"""What can go wrong for reasons that the user can mend: the command prints it and ends with 1.

Every module of this package raises its own kind of `StackError`; `cli.main` alone catches them.
Whatever else is raised is a fault of ours and shows its traceback.
"""


class StackError(Exception):
    """The base of them all; the text is written for the user."""
