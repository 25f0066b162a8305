"""What a scanner would have otherwise, and why it is meant: written into the template, beside it.

checkov reads it there (`Metadata.checkov.skip`), so an exception is for one resource and never for
all; tests/infra/aws lists them too, so that a new one is seen.
"""

from aws_cdk import CfnResource
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct


def accept(construct: IConstruct, **reasons: str) -> None:
    """Notes the checks (`CKV_AWS_18="it is the bucket of logs"`) at the construct's resource."""
    resource = construct.node.default_child or construct
    assert isinstance(resource, CfnResource)
    skipped = [{"id": check, "comment": why} for check, why in reasons.items()]
    resource.add_metadata("checkov", {"skip": skipped})


def log_group(scope: Construct, id: str) -> logs.LogGroup:
    """Returns a group that forgets after a month; CloudWatch encrypts it with its own key."""
    group = logs.LogGroup(scope, id, retention=logs.RetentionDays.ONE_MONTH)
    accept(group, CKV_AWS_158="CloudWatch encrypts it; nothing in it is a secret or a person's.")
    return group
