"""The CDK's entry: `python app.py` writes the templates to cdk.out, or where CDK_OUTDIR says.

Context (`-c name=value` of the CDK's command, or SOUK_AWS_NAME): `variant` is `eks` or `ec2`,
`size` is `small` or `large`. Neither account nor network is needed; docs/clouds.md says more.
"""

import json
import os
import shutil
from pathlib import Path

from aws_cdk import App, CliCredentialsStackSynthesizer, Tags
from souk_aws.asset import assemble
from souk_aws.cluster import Cluster
from souk_aws.data import Data
from souk_aws.edge import Edge
from souk_aws.machine import Machine
from souk_aws.media import Media
from souk_aws.network import Network
from souk_aws.sizes import SIZES
from souk_aws.watching import Watching

HERE = Path(__file__).resolve().parent
DEFAULTS = {
    "variant": "eks",
    "size": "small",
    "host": "shop.souk.example",
    "gateway": "gateway.souk.example",
    "email": "on-call@souk.example",
    # In us-east-1, where CloudFront looks for it.
    "certificate": "arn:aws:acm:us-east-1:000000000000:certificate/"
    "00000000-0000-4000-8000-000000000000",
    "admin_role": "arn:aws:iam::000000000000:role/administrator",
    "python": "3.13",
    "function": str(HERE / "build" / "function"),
}


# What the tests synthesise, and docs/clouds.md prices.
VARIANTS = (("eks", "small"), ("eks", "large"), ("ec2", "small"))


def said(app: App, name: str) -> str:
    """Returns a context value, from the command, the environment or the defaults."""
    found = app.node.try_get_context(name) or os.environ.get(f"SOUK_AWS_{name.upper()}")
    return str(found or DEFAULTS[name])


def uv() -> str:
    """The uv that `./souk` installs with, or the one on the PATH."""
    tools = HERE.parents[1] / ".souk"
    own = [path for path in (tools / "bin" / "uv", tools / "uv" / "bin" / "uv") if path.exists()]
    found = str(own[0]) if own else shutil.which("uv")
    if found is None:
        raise SystemExit("There is no uv: ./souk installs one, and any on the PATH will do.")
    return found


def build(app: App) -> None:
    """Adds the stacks of the variant."""
    size, variant = SIZES[said(app, "size")], said(app, "variant")
    python = said(app, "python")
    code = assemble(Path(said(app, "function")), python=python, uv=uv())
    network = Network(app, "SoukNetwork", size=size)
    origin = f"https://{said(app, 'host')}"
    media = Media(app, "SoukMedia", origin=origin, code=code, runtime=f"python{python}")
    data = None
    if variant == "eks":
        data = Data(app, "SoukData", network=network, size=size)
        role = said(app, "admin_role")
        Cluster(
            app,
            "SoukCluster",
            network=network,
            data=data,
            media=media,
            size=size,
            admin_role=role,
        )
    elif variant == "ec2":
        Machine(app, "SoukMachine", network=network, media=media, size=size)
    else:
        raise ValueError(f"there is no variant {variant!r}; there are eks and ec2")
    Edge(
        app,
        "SoukEdge",
        media=media,
        host=said(app, "host"),
        gateway=said(app, "gateway"),
        certificate=said(app, "certificate"),
    )
    Watching(app, "SoukWatching", data=data, media=media, size=size, email=said(app, "email"))


def synthesise(outdir: str | None, **context: str) -> None:
    """Writes the templates of one variant."""
    application = App(
        outdir=outdir,
        # The CDK's command would pass these; `python app.py` alone means the same.
        context=json.loads((HERE / "cdk.json").read_text())["context"] | context,
        # Whoever deploys does it with their own rights, and needs no roles made beforehand.
        default_stack_synthesizer=CliCredentialsStackSynthesizer(),
        analytics_reporting=False,
    )
    build(application)
    Tags.of(application).add("project", "souk")
    application.synth()


if __name__ == "__main__":
    if every := os.environ.get("SOUK_AWS_EVERY"):
        for variant, size in VARIANTS:
            synthesise(f"{every}/{variant}-{size}", variant=variant, size=size)
    else:
        synthesise(os.environ.get("CDK_OUTDIR"))
