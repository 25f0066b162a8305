"""The VPC: public subnets for load balancers, private ones for machines, isolated ones for data.

Every other stack stands in it. The engines let in the machines' group at their own port and nobody
else.
"""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from souk_aws.accepted import log_group
from souk_aws.sizes import Size

PORTS = {"postgres": 5432, "valkey": 6379, "kafka": 9094, "documents": 27017}


class Network(Stack):
    """`machines` is the group of whatever runs the services."""

    def __init__(self, scope: Construct, name: str, *, size: Size, **options: Any) -> None:
        super().__init__(scope, name, **options)
        kinds = ec2.SubnetType
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
            max_azs=size.zones,
            nat_gateways=size.nat_gateways,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public",
                    subnet_type=kinds.PUBLIC,
                    cidr_mask=24,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="machines", subnet_type=kinds.PRIVATE_WITH_EGRESS, cidr_mask=20
                ),
                ec2.SubnetConfiguration(
                    name="data", subnet_type=kinds.PRIVATE_ISOLATED, cidr_mask=24
                ),
            ],
        )
        # Traffic to the bucket stays inside and costs no NAT.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        group = log_group(self, "Flows")
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.machines = self._group("Machines", "What runs the services", outbound=True)
        self.engines = {name: self._engine(name, port) for name, port in PORTS.items()}

    def _engine(self, name: str, port: int) -> ec2.SecurityGroup:
        group = self._group(name.capitalize(), f"The engine {name}", outbound=False)
        group.add_ingress_rule(self.machines, ec2.Port.tcp(port), f"From the services to {name}")
        return group

    def _group(self, name: str, said: str, *, outbound: bool) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self, name, vpc=self.vpc, description=said, allow_all_outbound=outbound
        )
