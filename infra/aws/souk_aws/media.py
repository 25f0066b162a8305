"""The bucket of pictures, and the function that paints what is uploaded.

Clients PUT to it by URLs that the catalogue signs; S3 tells EventBridge, EventBridge the function,
which runs the worker's own code and writes renditions and a report. The catalogue attaches them. A
function that fails costs nothing but its head start: the worker paints what has no report.
"""

from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from souk_aws.accepted import accept, log_group

SHOWN, UPLOADS, REPORTS = "v1/media/", "uploads/", "reports/"


class Media(Stack):
    """`origin` is where the shop's pages come from; `code` the folder that `asset.py` made."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        origin: str,
        code: Path,
        runtime: str,
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        self.log_bucket = self._bucket(
            "Logs",
            object_ownership=s3.ObjectOwnership.OBJECT_WRITER,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        )
        self.bucket = self._pictures(origin)
        self._tell_event_bridge()
        self._let_the_edge_in()
        self.failed = sqs.Queue(
            self,
            "Failed",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.function = self._function(code, runtime)
        self._allow()
        self._rule()
        self._accept()

    def _pictures(self, origin: str) -> s3.Bucket:
        return self._bucket(
            "Pictures",
            # What was deleted by mistake can be had again for a week.
            versioned=True,
            server_access_logs_bucket=self.log_bucket,
            server_access_logs_prefix="pictures/",
            event_bridge_enabled=False,
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.PUT],
                    allowed_origins=[origin],
                    allowed_headers=["content-type"],
                    max_age=3600,
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    noncurrent_version_expiration=Duration.days(7),
                ),
                # The catalogue's sweep does this within hours; this is for the day when it cannot.
                *(
                    s3.LifecycleRule(prefix=prefix, expiration=Duration.days(2))
                    for prefix in (UPLOADS, REPORTS)
                ),
            ],
        )

    def _accept(self) -> None:
        accept(
            self.log_bucket,
            CKV_AWS_18="It is the bucket of the logs.",
            CKV_AWS_21="A log is written once and expires.",
        )
        accept(self.failed, CKV_AWS_27="SQS encrypts it with a key of its own.")
        accept(
            self.function,
            CKV_AWS_117="It speaks to S3 alone, and in a VPC could do no more.",
            CKV_AWS_173="Its environment is the name of a bucket.",
        )

    def _bucket(self, id: str, **options: Any) -> s3.Bucket:
        return s3.Bucket(
            self,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=RemovalPolicy.RETAIN,
            **options,
        )

    def _tell_event_bridge(self) -> None:
        """As S3 itself has it: the CDK's own way would bring a function of its own along."""
        pictures = self.bucket.node.default_child
        assert isinstance(pictures, s3.CfnBucket)
        configuration = s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        pictures.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=configuration
        )

    def _let_the_edge_in(self) -> None:
        """CloudFront of this account may read what is shown, and nothing else of the bucket."""
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=["s3:GetObject"],
                resources=[self.bucket.arn_for_objects(f"{SHOWN}*")],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )

    def _function(self, code: Path, runtime: str) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Painter",
            description="Paints the renditions of uploaded pictures",
            runtime=lambda_.Runtime(runtime, lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.X86_64,
            handler="handler.handle",
            code=lambda_.Code.from_asset(str(code)),
            # Memory buys processors too; the largest picture takes a third of it.
            memory_size=1536,
            timeout=Duration.seconds(60),
            reserved_concurrent_executions=10,
            environment={"SOUK_MEDIA_BUCKET": self.bucket.bucket_name},
            dead_letter_queue=self.failed,
            retry_attempts=2,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group(self, "PainterLogs"),
        )

    def _allow(self) -> None:
        """It reads what was uploaded, writes what is shown and reported, and deletes nothing."""
        arn = self.bucket.arn_for_objects
        readable = [arn(f"{prefix}*") for prefix in (UPLOADS, REPORTS, SHOWN)]
        writable = [arn(f"{prefix}*") for prefix in (REPORTS, SHOWN)]
        for action, resources in (
            ("s3:GetObject", readable),
            ("s3:PutObject", writable),
            # Without it a missing object is forbidden and not missing.
            ("s3:ListBucket", [self.bucket.bucket_arn]),
        ):
            self.function.add_to_role_policy(
                iam.PolicyStatement(actions=[action], resources=resources)
            )

    def _rule(self) -> None:
        events.Rule(
            self,
            "Uploaded",
            description="A client has uploaded a picture",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self.bucket.bucket_name]},
                    "object": {"key": [{"prefix": UPLOADS}]},
                },
            ),
            targets=[targets.LambdaFunction(self.function, dead_letter_queue=self.failed)],
        )
