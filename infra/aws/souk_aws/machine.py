"""The other variant: one machine that runs docker-compose.yml with all its engines.

For a shop that may be away while a machine is replaced. The data are on a volume of their own,
which outlives the machine and is copied every night.
"""

from typing import Any

from aws_cdk import CfnParameter, Duration, RemovalPolicy, Stack, Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from souk_aws.media import REPORTS, SHOWN, UPLOADS, Media
from souk_aws.network import Network
from souk_aws.sizes import Size

PORT = 8080
DISK = 100
_TAG = "souk:keep"


class Machine(Stack):
    """Nobody logs in by SSH; Session Manager is the way in."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        network: Network,
        media: Media,
        size: Size,
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        release, archive = self._parameters()
        role = self._role(media, archive)
        private = ec2.SubnetType.PRIVATE_WITH_EGRESS
        subnet = network.vpc.select_subnets(subnet_type=private).subnets[0]
        volume = self._volume(subnet)
        volume.grant_attach_volume_by_resource_tag(role, [self], "data")
        said = self._first_boot(release.value_as_string, volume, media)
        template = self._template(size, role, network.machines, said)
        self.group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=[subnet]),
            min_capacity=1,
            max_capacity=1,
            launch_template=template,
            health_checks=autoscaling.HealthChecks.ec2(grace_period=Duration.minutes(10)),
        )
        self._nightly_copies()

    def _parameters(self) -> tuple[CfnParameter, CfnParameter]:
        release = CfnParameter(
            self,
            "Release",
            description="The s3:// address of the archive of this release",
            allowed_pattern=r"^s3://[a-z0-9.-]+/[A-Za-z0-9._/-]+\.tar\.gz$",
        )
        archive = CfnParameter(
            self, "ReleaseArn", description="Its ARN", allowed_pattern=r"^arn:aws:s3:::.+$"
        )
        return release, archive

    def _template(
        self, size: Size, role: iam.Role, group: ec2.SecurityGroup, said: ec2.UserData
    ) -> ec2.LaunchTemplate:
        disk = ec2.BlockDeviceVolume.ebs(
            30, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
        )
        return ec2.LaunchTemplate(
            self,
            "Template",
            instance_type=ec2.InstanceType(size.machine_type),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(
                cpu_type=ec2.AmazonLinuxCpuType.ARM_64
            ),
            role=role,
            security_group=group,
            require_imdsv2=True,
            # Two hops: the catalogue's container asks for the machine's role.
            http_put_response_hop_limit=2,
            user_data=said,
            block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=disk)],
        )

    def _role(self, media: Media, archive: CfnParameter) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSSMManagedInstanceCore")
            ],
        )
        arn = media.bucket.arn_for_objects
        pictures = [arn(f"{prefix}*") for prefix in (UPLOADS, REPORTS, SHOWN)]
        for actions, resources in (
            (["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], pictures),
            (["s3:ListBucket"], [media.bucket.bucket_arn]),
            (["s3:GetObject"], [archive.value_as_string]),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        return role

    def _volume(self, subnet: ec2.ISubnet) -> ec2.Volume:
        volume = ec2.Volume(
            self,
            "Data",
            availability_zone=subnet.availability_zone,
            size=_gibibytes(DISK),
            encrypted=True,
            volume_type=ec2.EbsDeviceVolumeType.GP3,
            removal_policy=RemovalPolicy.RETAIN,
        )
        Tags.of(volume).add(_TAG, "true")
        return volume

    def _first_boot(self, release: str, volume: ec2.Volume, media: Media) -> ec2.UserData:
        """Takes the volume over from the machine before, and starts what lies on it."""
        said = ec2.UserData.for_linux()
        said.add_commands(
            "set -euo pipefail",
            "dnf install -y docker",
            "TOKEN=$(curl -sX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "
            "http://169.254.169.254/latest/api/token)",
            'ME=$(curl -sH "X-aws-ec2-metadata-token: $TOKEN" '
            "http://169.254.169.254/latest/meta-data/instance-id)",
            f"aws ec2 attach-volume --volume-id {volume.volume_id} "
            f'--instance-id "$ME" --device /dev/sdf --region {self.region}',
            "until [ -b /dev/sdf ]; do sleep 1; done",
            "blkid /dev/sdf || mkfs.xfs /dev/sdf",
            "mkdir -p /var/lib/docker && mount /dev/sdf /var/lib/docker",
            "systemctl enable --now docker",
            "mkdir -p /opt/souk",
            f"aws s3 cp {release} - | tar -xz -C /opt/souk",
            # Amazon's packages have no Compose, so the archive brings its plugin along.
            "install -D /opt/souk/docker-compose /usr/libexec/docker/cli-plugins/docker-compose",
            "cat > /opt/souk/docker-compose.override.yml <<END",
            "services:",
            "  catalog:",
            "    environment:",
            f"      SOUK_MEDIA_BUCKET: {media.bucket.bucket_name}",
            f"      SOUK_MEDIA_REGION: {self.region}",
            '      SOUK_MEDIA_FUNCTION_SECONDS: "60"',
            "END",
            "cd /opt/souk && docker compose up -d --wait",
        )
        return said

    def _nightly_copies(self) -> None:
        key = kms.Key(
            self,
            "Key",
            description="The nightly copies",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        keep = RemovalPolicy.RETAIN
        vault = backup.BackupVault(self, "Vault", encryption_key=key, removal_policy=keep)
        plan = backup.BackupPlan(self, "Nightly", backup_vault=vault)
        plan.add_rule(
            backup.BackupPlanRule(
                schedule_expression=events.Schedule.cron(hour="3", minute="0"),
                delete_after=Duration.days(30),
            )
        )
        plan.add_selection("Volumes", resources=[backup.BackupResource.from_tag(_TAG, "true")])


def _gibibytes(number: int) -> Any:
    from aws_cdk import Size as Amount

    return Amount.gibibytes(number)
