"""EKS: the control plane, its machines, and which pod may do what to Amazon's services.

Plain CloudFormation resources: the CDK's own cluster would run functions with the rights of an
administrator to apply manifests, which `kustomize build infra/k8s/overlays/production` does here.
"""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from souk_aws.data import Data
from souk_aws.media import REPORTS, SHOWN, UPLOADS, Media
from souk_aws.network import Network
from souk_aws.sizes import Size

VERSION = "1.35"
NAMESPACE = "souk"
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
ADDONS = (
    *("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "metrics-server"),
    "aws-ebs-csi-driver",
)


class Cluster(Stack):
    """`admin_role` is the ARN of who may administer it; nobody else is let in."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        network: Network,
        data: Data,
        media: Media,
        size: Size,
        admin_role: str,
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        self._network = network
        self.cluster = self._control_plane(data.key)
        self._nodes(size)
        for addon in ADDONS:
            eks.CfnAddon(
                self,
                f"Addon{addon}",
                addon_name=addon,
                cluster_name=self.cluster.ref,
                resolve_conflicts="OVERWRITE",
            )
        eks.CfnAccessEntry(
            self,
            "Administrators",
            cluster_name=self.cluster.ref,
            principal_arn=admin_role,
            access_policies=[
                eks.CfnAccessEntry.AccessPolicyProperty(
                    policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    access_scope=eks.CfnAccessEntry.AccessScopeProperty(type="cluster"),
                )
            ],
        )
        self._catalog(media)
        self._secrets(data)
        self._disks()

    def _control_plane(self, key: kms.Key) -> eks.CfnCluster:
        role = iam.Role(
            self,
            "ControlPlane",
            assumed_by=iam.ServicePrincipal("eks.amazonaws.com"),
            managed_policies=[_policy("AmazonEKSClusterPolicy")],
        )
        config = eks.CfnCluster
        return eks.CfnCluster(
            self,
            "Cluster",
            name="souk",
            version=VERSION,
            role_arn=role.role_arn,
            deletion_protection=True,
            access_config=config.AccessConfigProperty(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            resources_vpc_config=config.ResourcesVpcConfigProperty(
                subnet_ids=self._subnets(),
                security_group_ids=[self._network.machines.security_group_id],
                endpoint_private_access=True,
                endpoint_public_access=False,
            ),
            encryption_config=[
                config.EncryptionConfigProperty(
                    provider=config.ProviderProperty(key_arn=key.key_arn), resources=["secrets"]
                )
            ],
            logging=config.LoggingProperty(
                cluster_logging=config.ClusterLoggingProperty(
                    enabled_types=[config.LoggingTypeConfigProperty(type=kind) for kind in LOGS]
                )
            ),
        )

    def _subnets(self) -> list[str]:
        kind = ec2.SubnetType.PRIVATE_WITH_EGRESS
        return self._network.vpc.select_subnets(subnet_type=kind).subnet_ids

    def _nodes(self, size: Size) -> None:
        role = iam.Role(
            self,
            "Nodes",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[
                _policy("AmazonEKSWorkerNodePolicy"),
                _policy("AmazonEC2ContainerRegistryPullOnly"),
                _policy("AmazonEKS_CNI_Policy"),
            ],
        )
        template = self._node_template()
        eks.CfnNodegroup(
            self,
            "Machines",
            cluster_name=self.cluster.ref,
            node_role=role.role_arn,
            subnets=self._subnets(),
            # Bottlerocket: no shell, no package manager, updated as a whole.
            ami_type="BOTTLEROCKET_ARM_64",
            instance_types=[size.node_type],
            launch_template=eks.CfnNodegroup.LaunchTemplateSpecificationProperty(
                id=template.ref, version=template.attr_latest_version_number
            ),
            scaling_config=eks.CfnNodegroup.ScalingConfigProperty(
                min_size=size.nodes, desired_size=size.nodes, max_size=size.nodes * 3
            ),
            update_config=eks.CfnNodegroup.UpdateConfigProperty(max_unavailable=1),
        )

    def _node_template(self) -> ec2.CfnLaunchTemplate:
        config = ec2.CfnLaunchTemplate
        disk = config.EbsProperty(encrypted=True, volume_size=50, volume_type="gp3")
        return config(
            self,
            "NodeTemplate",
            launch_template_data=config.LaunchTemplateDataProperty(
                # One hop: a pod cannot ask the machine's metadata for the machine's role.
                metadata_options=config.MetadataOptionsProperty(
                    http_tokens="required", http_put_response_hop_limit=1
                ),
                security_group_ids=[
                    self.cluster.attr_cluster_security_group_id,
                    self._network.machines.security_group_id,
                ],
                block_device_mappings=[
                    config.BlockDeviceMappingProperty(device_name="/dev/xvdb", ebs=disk)
                ],
            ),
        )

    def _pod_role(self, name: str, namespace: str, account: str) -> iam.Role:
        """A role that one ServiceAccount's pods have, by EKS Pod Identity."""
        principal = iam.ServicePrincipal("pods.eks.amazonaws.com")
        role = iam.Role(
            self,
            f"Pod{account}",
            role_name=name,
            assumed_by=iam.SessionTagsPrincipal(principal),
        )
        eks.CfnPodIdentityAssociation(
            self,
            f"Association{account}",
            cluster_name=self.cluster.ref,
            namespace=namespace,
            service_account=account,
            role_arn=role.role_arn,
        )
        return role

    def _catalog(self, media: Media) -> None:
        role = self._pod_role("souk-catalog", NAMESPACE, "catalog")
        arn = media.bucket.arn_for_objects
        objects = [arn(f"{prefix}*") for prefix in (UPLOADS, REPORTS, SHOWN)]
        actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=objects))
        listing = iam.PolicyStatement(
            actions=["s3:ListBucket"], resources=[media.bucket.bucket_arn]
        )
        role.add_to_policy(listing)

    def _secrets(self, data: Data) -> None:
        role = self._pod_role("souk-secrets", "external-secrets", "external-secrets")
        assert data.database.secret is not None
        assert data.documents.secret is not None
        found = [data.database.secret, data.documents.secret, data.cache_secret]
        arns = [secret.secret_arn for secret in (*found, *data.own_secrets.values())]
        actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=arns))
        role.add_to_policy(
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[data.key.key_arn])
        )

    def _disks(self) -> None:
        role = self._pod_role("souk-disks", "kube-system", "ebs-csi-controller-sa")
        role.add_managed_policy(_policy("service-role/AmazonEBSCSIDriverPolicy"))


def _policy(name: str) -> iam.IManagedPolicy:
    return iam.ManagedPolicy.from_aws_managed_policy_name(name)
