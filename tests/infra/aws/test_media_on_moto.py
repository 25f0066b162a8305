"""The stack of pictures really deployed, to moto, and its function run from the very archive.

moto would run a function in a container, which needs an engine. So the archive that was uploaded as
the function's code is fetched back, unpacked, and its handler called by an interpreter of its own
with the function's own environment, against moto's S3; everything else is as Amazon has it.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from catalog.adapters.category_file import load_taxonomy
from catalog.adapters.s3_media import S3Media
from catalog.application.check_upload import check_upload
from catalog.application.finish_upload import finish_upload
from catalog.application.picture_desk import PictureDesk
from catalog.application.render_upload import report_of
from catalog.application.shop import Shop
from catalog.domain.media import NoPicture, Painted
from catalog.domain.pictures import Upload, new_upload
from catalog.domain.ports import CreationKey
from catalog.testing import MemoryCache, MemoryStore, make_product
from catalog.testing_media import MemoryShown, MemoryUploads, picture_bytes
from chassis.ids import uuid7
from tests.infra.aws.conftest import CREDENTIALS

DATA = picture_bytes(1200, 800, "JPEG")
REGION = CREDENTIALS["AWS_REGION"]


@dataclass
class Deployed:
    """What the stack made, by its clients, and the function's code unpacked."""

    url: str
    bucket: str
    function: dict[str, Any]
    code: Path

    @property
    def media(self) -> S3Media:
        return S3Media(self.bucket, region=REGION, endpoint=self.url)

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)

    def invoke(self, key: str) -> dict[str, Any]:
        """Hands the handler the event that EventBridge would; returns its answer."""
        event = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": self.bucket}, "object": {"key": key}},
        }
        module, handler = self.function["Handler"].split(".")
        program = (
            f"import json, sys; sys.path.insert(0, sys.argv[1]); import {module}; "
            f"print(json.dumps({module}.{handler}(json.load(sys.stdin), None)))"
        )
        variables = self.function["Environment"]["Variables"]
        # boto3 comes with Amazon's runtime; here it is the interpreter's own. What the archive must
        # bring itself comes from nowhere else, for the interpreter's folder of packages is last.
        done = subprocess.run(
            [sys.executable, "-c", program, str(self.code)],
            input=json.dumps(event),
            capture_output=True,
            text=True,
            env={**CREDENTIALS, **variables, "AWS_ENDPOINT_URL_S3": self.url},
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@pytest.fixture(scope="module")
def deployed(
    templates: Path, moto_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Uploads the archive of the code as the CDK's command would, and creates the stack."""
    patch = pytest.MonkeyPatch()
    for name, value in CREDENTIALS.items():
        patch.setenv(name, value)
    folder = templates / "eks-small"
    made = json.loads((folder / "SoukMedia.template.json").read_text())
    s3: Any = boto3.client("s3", region_name=REGION, endpoint_url=moto_url)
    for location, archive in archives(folder, made):
        s3.create_bucket(
            Bucket=location["S3Bucket"],
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )
        s3.put_object(Bucket=location["S3Bucket"], Key=location["S3Key"], Body=archive)
    formation: Any = boto3.client("cloudformation", region_name=REGION, endpoint_url=moto_url)
    formation.create_stack(
        StackName="SoukMedia", TemplateBody=json.dumps(made), Capabilities=["CAPABILITY_IAM"]
    )
    stack = formation.describe_stacks(StackName="SoukMedia")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    found = formation.describe_stack_resources(StackName="SoukMedia")["StackResources"]
    functions: Any = boto3.client("lambda", region_name=REGION, endpoint_url=moto_url)
    (function,) = functions.list_functions()["Functions"]
    code = unpacked(functions, function, tmp_path_factory.mktemp("code"))
    bucket = function["Environment"]["Variables"]["SOUK_MEDIA_BUCKET"]
    assert bucket in {one.get("PhysicalResourceId") for one in found}
    yield Deployed(moto_url, bucket, function, code)
    patch.undo()


def archives(folder: Path, made: dict[str, Any]) -> Iterator[tuple[dict[str, str], bytes]]:
    """The code of each function of the template: where it must lie, and the archive."""
    assets = json.loads((folder / "SoukMedia.assets.json").read_text())["files"]
    for resource in made["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            code = resource["Properties"]["Code"]
            code["S3Bucket"] = "assets-of-the-cdk"
            digest = code["S3Key"].removesuffix(".zip")
            yield code, zipped(folder / assets[digest]["source"]["path"])


def zipped(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return out.getvalue()


def unpacked(functions: Any, function: dict[str, Any], folder: Path) -> Path:
    """Fetches the code back from where moto's Lambda has it."""
    described = functions.get_function(FunctionName=function["FunctionName"])
    location = described["Code"]["Location"]
    s3: Any = boto3.client("s3", region_name=REGION, endpoint_url=functions.meta.endpoint_url)
    key = location.partition("?")[0].rpartition("/")[2]
    body = s3.get_object(Bucket="assets-of-the-cdk", Key=key)["Body"].read()
    assert len(body) == function["CodeSize"]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(folder)
    return folder


def ticket(size: int, content_type: str = "image/jpeg") -> Upload:
    return new_upload(
        id=uuid7(),
        slug="heart",
        content_type=content_type,
        size=size,
        alt="A heart",
        now=datetime.now(UTC),
        responsible={},
    )


async def put(deployed: Deployed, data: bytes, content_type: str = "image/jpeg") -> Upload:
    """Uploads by the presigned URL that the catalogue would give out."""
    upload = ticket(len(data), content_type)
    invitation = await deployed.media.invite(upload)
    async with httpx.AsyncClient() as http:
        answer = await http.put(invitation.url, headers=invitation.headers, content=data)
    assert answer.status_code == 200, answer.text
    return upload


async def test_what_is_uploaded_is_painted_and_the_catalogue_finds_the_report(
    deployed: Deployed,
) -> None:
    upload = await put(deployed, DATA)
    answer = deployed.invoke(upload.source_key)
    assert answer["status"] == "painted"
    report = await report_of(upload.source_key, deployed.media)
    assert report is not None
    assert report.picture is not None
    assert [r.width for r in report.picture.renditions] == [160, 480, 960, 1200]
    assert [r.name for r in report.picture.renditions] == answer["renditions"]
    head = deployed.client("s3").head_object(
        Bucket=deployed.bucket, Key=f"v1/media/{answer['renditions'][0]}"
    )
    assert head["ContentType"] == "image/webp"
    assert "immutable" in head["CacheControl"]
    assert deployed.invoke(upload.source_key) == answer, "twice is once"


async def test_the_worker_takes_the_functions_report_and_paints_nothing_itself(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:

    class Never:
        async def paint(self, data: bytes, content_type: str) -> Painted:
            raise NoPicture("the worker painted")

    taxonomy = load_taxonomy()
    store = MemoryStore(taxonomy.tree)
    await store.add(make_product(slug="heart"), CreationKey("k", "f"))
    desk = PictureDesk(deployed.media, MemoryUploads(), Never(), MemoryShown(store))
    data = picture_bytes(500, 500, "JPEG")
    upload = await put(deployed, data)
    responsible = {"correlation_id": "request-1", "deed": None}

    await desk.uploads.add(replace(upload, responsible=responsible), CreationKey("u", "f"))
    deployed.invoke(upload.source_key)
    told = await finish_upload(upload.id, desk)
    assert await check_upload(told, desk, Shop(store, taxonomy, "GBP", MemoryCache()))
    product = await store.by_slug("heart")
    assert product is not None
    assert [one.alt for one in product.pictures] == ["A heart"]
    assert await deployed.media.size(upload.source_key) is None
    assert await deployed.media.size(f"v1/media/{product.pictures[0].renditions[0].name}")


async def test_what_is_no_picture_is_refused_and_nothing_of_it_is_shown(deployed: Deployed) -> None:
    before = [one.key async for one in deployed.media.list("v1/media/")]
    upload = await put(deployed, b"<svg onload=alert(1)>", "image/png")
    answer = deployed.invoke(upload.source_key)
    assert answer["status"] == "refused"
    assert [one.key async for one in deployed.media.list("v1/media/")] == before
    assert deployed.invoke("v1/media/x.webp")["status"] == "ignored"
    assert deployed.invoke(ticket(1).source_key)["status"] == "gone"


def test_the_rule_wakes_the_function_for_uploads_alone(deployed: Deployed) -> None:
    events = deployed.client("events")
    (rule,) = events.list_rules()["Rules"]
    targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert [target["Arn"] for target in targets] == [deployed.function["FunctionArn"]]
    pattern = json.loads(rule["EventPattern"])
    assert pattern["detail"]["bucket"]["name"] == [deployed.bucket]
    assert pattern["detail"]["object"]["key"] == [{"prefix": "uploads/"}]


def test_the_bucket_encrypts_and_the_function_is_the_one_of_the_template(
    deployed: Deployed,
) -> None:
    """Of a bucket's properties moto's CloudFormation takes no others; checks.py has the rest."""
    said = deployed.client("s3").get_bucket_encryption(Bucket=deployed.bucket)
    (rule,) = said["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    function = deployed.function
    assert (function["Handler"], function["MemorySize"]) == ("handler.handle", 1536)
    assert function["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert 0 < function["CodeSize"] < 50 * 1024 * 1024


def test_the_archive_brings_all_that_it_imports_but_boto3(deployed: Deployed) -> None:
    """With nothing but a stub of boto3 beside it, the handler is imported from the archive."""
    program = (
        "import sys, types\n"
        "for name in ('boto3', 'botocore', 'botocore.config', 'botocore.exceptions'):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
        "sys.modules['botocore.config'].Config = object\n"
        "sys.modules['botocore.exceptions'].BotoCoreError = Exception\n"
        "sys.modules['botocore.exceptions'].ClientError = Exception\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import handler, PIL, catalog\n"
        "print(PIL.__file__, catalog.__file__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(deployed.code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    assert all(place.startswith(str(deployed.code)) for place in done.stdout.split())
