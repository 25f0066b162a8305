"""The engines, run by Amazon: RDS for PostgreSQL, ElastiCache for Valkey, MSK, DocumentDB.

All of them encrypt at rest and in transit, stand in subnets without a way out, and have their
passwords made by Secrets Manager, from where the cluster's External Secrets fetches them.
"""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms
from aws_cdk import aws_msk as msk
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from souk_aws.accepted import accept, log_group
from souk_aws.network import PORTS, Network
from souk_aws.sizes import Size

_KAFKA = """auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
unclean.leader.election.enable=false
log.retention.ms=-1"""
# What External Secrets fetches for the cluster, and the property in it that is made here.
_SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
DOCUMENTS = {**dict.fromkeys(_SERVICES, "database_password"), "redis": "password"}
_ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class Data(Stack):
    """What must never be lost: deleting the stack leaves the data where it is."""

    def __init__(
        self, scope: Construct, name: str, *, network: Network, size: Size, **options: Any
    ) -> None:
        super().__init__(scope, name, **options)
        self._network = network
        self.key = kms.Key(
            self,
            "Key",
            description="The shop's data at rest",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.database = self._database(size)
        if not size.database_standby:
            why = "A small shop may be away for the minutes of a restore."
            accept(self.database, CKV_AWS_157=why)
        self.cache = self._cache(size)
        self.kafka = self._kafka(size)
        self.documents = self._documents(size)
        self.own_secrets = self._own_secrets()

    def _database(self, size: Size) -> rds.DatabaseInstance:
        """One instance with a database and a role for each service, as everywhere else."""
        engine = rds.DatabaseInstanceEngine.postgres(
            version=rds.PostgresEngineVersion.of("18.1", "18")
        )
        said = {"rds.force_ssl": "1", "log_min_duration_statement": "1000"}
        parameters = rds.ParameterGroup(self, "PostgresParameters", engine=engine, parameters=said)
        return rds.DatabaseInstance(
            self,
            "Postgres",
            engine=engine,
            instance_type=ec2.InstanceType(size.database_type),
            vpc=self._network.vpc,
            vpc_subnets=_ISOLATED,
            security_groups=[self._network.engines["postgres"]],
            credentials=rds.Credentials.from_generated_secret(
                "souk",
                secret_name="souk-postgres",  # noqa: S106  Its name.
                encryption_key=self.key,
            ),
            multi_az=size.database_standby,
            allocated_storage=size.database_storage,
            max_allocated_storage=size.database_storage * 4,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=self.key,
            backup_retention=Duration.days(14),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            auto_minor_version_upgrade=True,
            iam_authentication=True,
            monitoring_interval=Duration.seconds(60),
            enable_performance_insights=True,
            performance_insight_encryption_key=self.key,
            cloudwatch_logs_exports=["postgresql", "upgrade"],
            parameter_group=parameters,
        )

    def _cache(self, size: Size) -> elasticache.CfnReplicationGroup:
        subnets = elasticache.CfnSubnetGroup(
            self,
            "ValkeySubnets",
            description="The data subnets",
            subnet_ids=self._network.vpc.select_subnets(
                subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
            ).subnet_ids,
        )
        self.cache_secret = self._secret("Valkey", "souk-valkey", "The password of Valkey")
        return elasticache.CfnReplicationGroup(
            self,
            "ValkeyGroup",
            replication_group_description="Sessions, carts, rate limits and read caches",
            engine="valkey",
            engine_version="8.1",
            cache_node_type=size.cache_type,
            num_cache_clusters=size.cache_nodes,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            port=PORTS["valkey"],
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[self._network.engines["valkey"].security_group_id],
            transit_encryption_enabled=True,
            at_rest_encryption_enabled=True,
            kms_key_id=self.key.key_arn,
            auth_token=self.cache_secret.secret_value.unsafe_unwrap(),
            snapshot_retention_limit=7,
        )

    def _kafka(self, size: Size) -> msk.CfnCluster:
        """In KRaft mode; minimum in-sync replicas of two, so that acks=all survives a zone."""
        settings = msk.CfnConfiguration(
            self, "KafkaSettings", name="souk", server_properties=_KAFKA
        )
        config = msk.CfnCluster
        return config(
            self,
            "Kafka",
            cluster_name="souk",
            kafka_version="3.9.x.kraft",
            number_of_broker_nodes=size.brokers,
            enhanced_monitoring="PER_TOPIC_PER_BROKER",
            configuration_info=config.ConfigurationInfoProperty(arn=settings.attr_arn, revision=1),
            broker_node_group_info=self._brokers(size),
            encryption_info=config.EncryptionInfoProperty(
                encryption_at_rest=config.EncryptionAtRestProperty(
                    data_volume_kms_key_id=self.key.key_arn
                ),
                encryption_in_transit=config.EncryptionInTransitProperty(
                    client_broker="TLS", in_cluster=True
                ),
            ),
            client_authentication=config.ClientAuthenticationProperty(
                unauthenticated=config.UnauthenticatedProperty(enabled=True)
            ),
            logging_info=self._kafka_logs(),
        )

    def _brokers(self, size: Size) -> msk.CfnCluster.BrokerNodeGroupInfoProperty:
        config = msk.CfnCluster
        subnets = self._network.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        disk = config.EBSStorageInfoProperty(volume_size=size.broker_storage)
        return config.BrokerNodeGroupInfoProperty(
            instance_type=size.broker_type,
            client_subnets=subnets.subnet_ids,
            security_groups=[self._network.engines["kafka"].security_group_id],
            storage_info=config.StorageInfoProperty(ebs_storage_info=disk),
        )

    def _kafka_logs(self) -> msk.CfnCluster.LoggingInfoProperty:
        config = msk.CfnCluster
        logs = config.CloudWatchLogsProperty(
            enabled=True, log_group=log_group(self, "KafkaLogs").log_group_name
        )
        return config.LoggingInfoProperty(
            broker_logs=config.BrokerLogsProperty(cloud_watch_logs=logs)
        )

    def _documents(self, size: Size) -> docdb.DatabaseCluster:
        """DocumentDB: what the catalogue asks of MongoDB is there; record 42 says why."""
        parameters = docdb.ClusterParameterGroup(
            self,
            "DocumentsParameters",
            family="docdb5.0",
            parameters={"tls": "enabled", "audit_logs": "enabled"},
        )
        return docdb.DatabaseCluster(
            self,
            "Documents",
            engine_version="5.0.0",
            master_user=docdb.Login(
                username="souk",
                secret_name="souk-documents",  # noqa: S106  Its name.
                kms_key=self.key,
            ),
            instance_type=ec2.InstanceType(size.documents_type.removeprefix("db.")),
            instances=size.documents_instances,
            vpc=self._network.vpc,
            vpc_subnets=_ISOLATED,
            security_group=self._network.engines["documents"],
            storage_encrypted=True,
            kms_key=self.key,
            parameter_group=parameters,
            port=PORTS["documents"],
            backup=docdb.BackupProps(retention=Duration.days(14)),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            export_audit_logs_to_cloud_watch=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _own_secrets(self) -> dict[str, secretsmanager.Secret]:
        """The documents that the overlay's ExternalSecrets ask for, by the names that they use.

        Each but Sentry's has a password of its own; what nobody can make up (of mail, of the
        provider of payments, keys, a DSN) is put in by hand.
        """
        made = {
            name: self._secret(
                f"Of{name.title()}", f"souk-{name}", f"What {name} has in confidence", field=field
            )
            for name, field in DOCUMENTS.items()
        }
        return made | {"sentry": self._reports()}

    def _reports(self) -> secretsmanager.Secret:
        """Where errors are reported: nowhere, until a DSN is put in."""
        return secretsmanager.Secret(
            self,
            "OfSentrySecret",
            secret_name="souk-sentry",  # noqa: S106  Its name.
            description="The DSN by which errors are reported",
            encryption_key=self.key,
            secret_object_value={"dsn": SecretValue.unsafe_plain_text("")},
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _secret(
        self, id: str, name: str, said: str, *, field: str | None = None
    ) -> secretsmanager.Secret:
        """A password, or a JSON object that has one in `field`."""
        template = {"secret_string_template": "{}", "generate_string_key": field} if field else {}
        return secretsmanager.Secret(
            self,
            f"{id}Secret",
            secret_name=name,
            description=said,
            encryption_key=self.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=48, exclude_punctuation=True, **template
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
