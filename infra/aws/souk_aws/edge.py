"""CloudFront before everything: one origin for browsers, pictures from the bucket, the rest live.

`/v1/media/*` comes straight from the bucket and is kept at the edge for a year; all else goes to
the gateway's load balancer and is kept only where the gateway says so.
"""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from souk_aws.media import Media

_MANAGED = (
    *("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"),
    "AWSManagedRulesAmazonIpReputationList",
)


class Edge(Stack):
    """`host` is the shop's name, `gateway` the name of the gateway's load balancer."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        media: Media,
        host: str,
        gateway: str,
        certificate: str,
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            domain_names=[host],
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=self._firewall().attr_arn,
            log_bucket=s3.Bucket.from_bucket_attributes(
                self, "Logs", bucket_arn=media.log_bucket.bucket_arn
            ),
            log_file_prefix="edge/",
            default_behavior=_live(gateway),
            additional_behaviors={"/v1/media/*": self._kept(media)},
        )

    def _kept(self, media: Media) -> cloudfront.BehaviorOptions:
        """The bucket by its address alone: its own stack lets CloudFront in, so neither waits."""
        pictures = s3.Bucket.from_bucket_attributes(
            self,
            "Pictures",
            bucket_arn=media.bucket.bucket_arn,
            bucket_regional_domain_name=media.bucket.bucket_regional_domain_name,
        )
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(pictures),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._harmless(),
        )

    def _harmless(self) -> cloudfront.ResponseHeadersPolicy:
        """The fields that the catalogue itself puts on pictures."""
        behaviour = cloudfront.ResponseSecurityHeadersBehavior(
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy="default-src 'none'; sandbox", override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.days(365),
                include_subdomains=True,
                override=True,
            ),
        )
        return cloudfront.ResponseHeadersPolicy(
            self, "Harmless", security_headers_behavior=behaviour
        )

    def _firewall(self) -> wafv2.CfnWebACL:
        """Amazon's rules against what is known to be bad; our own limits are the gateway's."""
        acl = wafv2.CfnWebACL
        return acl(
            self,
            "Firewall",
            scope="CLOUDFRONT",
            default_action=acl.DefaultActionProperty(allow=acl.AllowActionProperty()),
            visibility_config=_seen("souk"),
            rules=[
                acl.RuleProperty(
                    name=name,
                    priority=number,
                    override_action=acl.OverrideActionProperty(none={}),
                    visibility_config=_seen(name),
                    statement=acl.StatementProperty(
                        managed_rule_group_statement=acl.ManagedRuleGroupStatementProperty(
                            name=name, vendor_name="AWS"
                        )
                    ),
                )
                for number, name in enumerate(_MANAGED)
            ],
        )


def _live(gateway: str) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origins.HttpOrigin(
            gateway,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        ),
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cache_policy=cloudfront.CachePolicy.USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
    )


def _seen(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
