"""The tables of a small service: the plumbing's, and the effects of the tests' handlers."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

from chassis.plumbing import Plumbing

metadata = MetaData()
plumbing = Plumbing(metadata)
effects = Table(
    "effects", metadata, Column("id", Integer, primary_key=True), Column("subject", Text)
)
