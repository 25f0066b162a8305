"""What the stacks must say, by the CDK's own assertions; the test runs it where aws-cdk-lib is.

`python checks.py CDK_OUT` prints one line of JSON for each check: its name, and what was wrong.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from aws_cdk.assertions import Match, Template

Check = Callable[[dict[str, Template]], None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Adds a check to the list by its name."""
    CHECKS[function.__name__] = function
    return function


@check
def every_bucket_is_closed_to_the_public(stacks: dict[str, Template]) -> None:
    """Nothing is shown but by the edge."""
    closed = {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    stacks["SoukMedia"].all_resources_properties(
        "AWS::S3::Bucket", {"PublicAccessBlockConfiguration": closed}
    )


@check
def the_edge_may_read_what_is_shown_and_nothing_else(stacks: dict[str, Template]) -> None:
    """Uploads and reports are nobody's to see."""
    stacks["SoukMedia"].has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Action": "s3:GetObject",
                                "Principal": {"Service": "cloudfront.amazonaws.com"},
                                "Resource": {"Fn::Join": ["", [Match.any_value(), "/v1/media/*"]]},
                                "Condition": Match.any_value(),
                            }
                        )
                    ]
                )
            }
        },
    )


@check
def the_function_may_delete_nothing(stacks: dict[str, Template]) -> None:
    """It reads, writes and lists, and no more."""
    wanted = {
        *("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage"),
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    }
    allowed = set()
    for policy in stacks["SoukMedia"].find_resources("AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            allowed |= {actions} if isinstance(actions, str) else set(actions)
    assert allowed == wanted, allowed ^ wanted


@check
def only_uploads_wake_the_function(stacks: dict[str, Template]) -> None:
    """Its own renditions would wake it again and again."""
    stacks["SoukMedia"].has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "detail": {"object": {"key": [{"prefix": "uploads/"}]}},
                "detail-type": ["Object Created"],
                "source": ["aws.s3"],
            }
        },
    )


@check
def whoever_uploads_comes_from_the_shop(stacks: dict[str, Template]) -> None:
    """A browser may PUT from the shop's own pages alone."""
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://shop.souk.example"]}
    stacks["SoukMedia"].has_resource_properties(
        "AWS::S3::Bucket", {"CorsConfiguration": {"CorsRules": [Match.object_like(rule)]}}
    )


@check
def pictures_at_the_edge_are_as_harmless_as_the_catalogues(stacks: dict[str, Template]) -> None:
    """nosniff, and a policy that lets nothing run."""
    wanted = {
        "ContentTypeOptions": {"Override": True},
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": "default-src 'none'; sandbox",
            "Override": True,
        },
    }
    stacks["SoukEdge"].has_resource_properties(
        "AWS::CloudFront::ResponseHeadersPolicy",
        {"ResponseHeadersPolicyConfig": {"SecurityHeadersConfig": Match.object_like(wanted)}},
    )


@check
def the_budget_tells_before_the_money_is_gone(stacks: dict[str, Template]) -> None:
    """At four fifths of what was spent, and when all of it will be."""
    budgets = stacks["SoukWatching"].find_resources("AWS::Budgets::Budget")
    (budget,) = budgets.values()
    told = budget["Properties"]["NotificationsWithSubscribers"]
    kinds = {
        (one["Notification"]["NotificationType"], one["Notification"]["Threshold"]) for one in told
    }
    assert kinds == {("ACTUAL", 80), ("FORECASTED", 100)}, kinds


@check
def every_alarm_reaches_somebody(stacks: dict[str, Template]) -> None:
    """When it begins and when it is over."""
    stacks["SoukWatching"].all_resources_properties(
        "AWS::CloudWatch::Alarm",
        {"AlarmActions": Match.any_value(), "OKActions": Match.any_value()},
    )


@check
def engines_let_in_the_services_alone(stacks: dict[str, Template]) -> None:
    """Each at its own port, and nobody by address."""
    rules = stacks["SoukNetwork"].find_resources("AWS::EC2::SecurityGroupIngress")
    ports = sorted(rule["Properties"]["FromPort"] for rule in rules.values())
    assert ports == [5432, 6379, 9094, 27017], ports
    assert all("SourceSecurityGroupId" in rule["Properties"] for rule in rules.values())
    groups = stacks["SoukNetwork"].find_resources("AWS::EC2::SecurityGroup")
    assert not any("SecurityGroupIngress" in group["Properties"] for group in groups.values())


@check
def what_must_not_be_lost_outlives_its_stack(stacks: dict[str, Template]) -> None:
    """Deleting a stack by mistake deletes no data."""
    kept = ("AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::DocDB::DBCluster", "AWS::EC2::Volume")
    found = 0
    for template in stacks.values():
        for resource in template.to_json().get("Resources", {}).values():
            if resource["Type"] in kept:
                found += 1
                assert resource["DeletionPolicy"] == "Retain", resource["Type"]
    assert found >= 2


@check
def engines_encrypt_what_lies_and_what_travels(stacks: dict[str, Template]) -> None:
    """Only where Amazon runs them."""
    if "SoukData" not in stacks:
        return
    data = stacks["SoukData"]
    data.has_resource_properties("AWS::RDS::DBInstance", {"StorageEncrypted": True})
    data.has_resource_properties(
        "AWS::RDS::DBParameterGroup", {"Parameters": Match.object_like({"rds.force_ssl": "1"})}
    )
    data.has_resource_properties(
        "AWS::ElastiCache::ReplicationGroup",
        {"TransitEncryptionEnabled": True, "AtRestEncryptionEnabled": True},
    )
    data.has_resource_properties(
        "AWS::MSK::Cluster",
        {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}}},
    )
    data.has_resource_properties("AWS::DocDB::DBCluster", {"StorageEncrypted": True})


@check
def a_pod_reaches_only_its_own_secrets_and_pictures(stacks: dict[str, Template]) -> None:
    """No role of a pod has a star for a resource."""
    if "SoukCluster" not in stacks:
        return
    cluster = stacks["SoukCluster"]
    cluster.resource_count_is("AWS::EKS::PodIdentityAssociation", 3)
    for policy in cluster.find_resources("AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Resource"] != "*", statement
            assert statement["Effect"] == "Allow"


def main() -> None:
    """Runs all checks over a folder of templates."""
    folder = Path(sys.argv[1])
    suffix = ".template.json"
    stacks = {
        path.name.removesuffix(suffix): Template.from_json(json.loads(path.read_text()))
        for path in sorted(folder.glob(f"*{suffix}"))
    }
    for name, run in CHECKS.items():
        try:
            run(stacks)
        except (AssertionError, RuntimeError, KeyError, ValueError) as error:
            print(json.dumps({"name": name, "wrong": repr(error)[:2000]}))  # noqa: T201
        else:
            print(json.dumps({"name": name, "wrong": None}))  # noqa: T201


if __name__ == "__main__":
    main()
