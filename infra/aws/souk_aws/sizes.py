"""What an installation is made of, small or large: one table for the stacks and for the prices.

`docs/clouds.md` names the same types; a test compares the two.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Types as Amazon calls them; storage in GiB; `zones` is over how many everything spreads."""

    zones: int
    nat_gateways: int
    nodes: int
    node_type: str
    database_type: str
    database_storage: int
    database_standby: bool
    cache_type: str
    cache_nodes: int
    broker_type: str
    brokers: int
    broker_storage: int
    documents_type: str
    documents_instances: int
    machine_type: str
    budget: int


SIZES = {
    # A shop that may be away for a quarter of an hour when a zone is.
    "small": Size(
        zones=3,
        nat_gateways=1,
        nodes=2,
        node_type="t4g.large",
        database_type="t4g.medium",
        database_storage=50,
        database_standby=False,
        cache_type="cache.t4g.small",
        cache_nodes=2,
        broker_type="kafka.t3.small",
        brokers=3,
        broker_storage=50,
        documents_type="db.t4g.medium",
        documents_instances=1,
        machine_type="t4g.xlarge",
        budget=900,
    ),
    # One that stays when a zone goes, with room for the evening before Christmas.
    "large": Size(
        zones=3,
        nat_gateways=3,
        nodes=6,
        node_type="m7g.xlarge",
        database_type="r7g.xlarge",
        database_storage=500,
        database_standby=True,
        cache_type="cache.r7g.large",
        cache_nodes=3,
        broker_type="kafka.m7g.large",
        brokers=3,
        broker_storage=500,
        documents_type="db.r6g.large",
        documents_instances=3,
        machine_type="m7g.2xlarge",
        budget=6000,
    ),
}
