"""Alarms on what Amazon runs, and a budget, both to one topic that whoever is on call reads.

What the services say of themselves is watched by infra/observability; this is what they cannot see.
"""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from souk_aws.data import Data
from souk_aws.media import Media
from souk_aws.sizes import Size

_FIVE = Duration.minutes(5)


class Watching(Stack):
    """`data` is None in the variant of one machine, whose engines watch themselves."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        data: Data | None,
        media: Media,
        size: Size,
        email: str,
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        key = kms.Key(self, "Key", description="Alarms on their way", enable_key_rotation=True)
        self.topic = sns.Topic(self, "Alarms", master_key=key)
        self.topic.add_subscription(subscriptions.EmailSubscription(email))
        for service in ("cloudwatch.amazonaws.com", "budgets.amazonaws.com"):
            principal = iam.ServicePrincipal(service)
            key.grant_encrypt_decrypt(principal)
            self.topic.grant_publish(principal)
        self._media(media)
        if data is not None:
            self._data(data, size)
        self._budget(size)

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        said: str,
        *,
        below: bool = False,
        periods: int = 2,
    ) -> None:
        operator = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            id,
            alarm_description=said,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=(
                operator.LESS_THAN_THRESHOLD if below else operator.GREATER_THAN_THRESHOLD
            ),
            # An engine that says nothing is no engine that is well.
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING
                if below
                else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))

    def _media(self, media: Media) -> None:
        failed = media.failed.metric_approximate_number_of_messages_visible(period=_FIVE)
        said = "Pictures that the function could not paint; the worker paints them itself."
        self._alarm("PicturesFailed", failed, 0, said, periods=1)
        errors = media.function.metric_errors(period=_FIVE)
        self._alarm("PainterErrors", errors, 5, "The function fails again and again.")
        throttled = media.function.metric_throttles(period=_FIVE)
        self._alarm("PainterThrottled", throttled, 0, "More pictures come than it may paint.")

    def _data(self, data: Data, size: Size) -> None:
        database = data.database
        free = database.metric_free_storage_space(period=_FIVE)
        tenth = size.database_storage * 1024**3 // 10
        self._alarm(
            "PostgresDisk", free, tenth, "A tenth of PostgreSQL's disk is left.", below=True
        )
        busy = database.metric_cpu_utilization(period=_FIVE)
        self._alarm("PostgresBusy", busy, 85, "PostgreSQL computes all the time.", periods=3)
        cache = {"ReplicationGroupId": data.cache.ref}
        full = _metric("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", cache)
        self._alarm("ValkeyFull", full, 80, "Valkey begins to forget sessions and carts.")
        kafka = {"Cluster Name": "souk"}
        active = _metric("AWS/Kafka", "ActiveControllerCount", kafka, "Sum")
        self._alarm("KafkaHeadless", active, 1, "Kafka has no controller.", below=True)
        offline = _metric("AWS/Kafka", "OfflinePartitionsCount", kafka, "Maximum")
        self._alarm("KafkaOffline", offline, 0, "Events of a partition can go nowhere.", periods=1)
        documents = {"DBClusterIdentifier": data.documents.cluster_identifier}
        cpu = _metric("AWS/DocDB", "CPUUtilization", documents)
        self._alarm("DocumentsBusy", cpu, 85, "DocumentDB computes all the time.", periods=3)

    def _budget(self, size: Size) -> None:
        """Tells when most of the month's money is spent, and when all of it will be."""
        budget = budgets.CfnBudget
        told = [budget.SubscriberProperty(subscription_type="SNS", address=self.topic.topic_arn)]
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budget.SpendProperty(amount=size.budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                budget.NotificationWithSubscribersProperty(
                    notification=budget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=told,
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )


def _metric(
    namespace: str, name: str, dimensions: dict[str, str], statistic: str = "Average"
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=_FIVE,
    )
