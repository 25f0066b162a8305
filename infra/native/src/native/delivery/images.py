"""`./souk images`: builds the shop's images; pushes and signs them when asked to.

Called by `native.cli`, and so by both pipelines. A pushed image is for both kinds of processor and
carries its bill of materials and its provenance (SLSA) as attestations; what was pushed is written
down by digest, which is what `./souk deploy` takes.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from native.delivery.programs import call
from native.errors import StackError
from native.place import CHECKOUT
from native.progress import output

PLATFORMS = "linux/amd64,linux/arm64"
_BASE = re.compile(r"^ARG (\w+_IMAGE)=(\S+)$", re.MULTILINE)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All by default.")]
Registry = Annotated[str, typer.Option(help="What stands before the name, as ghcr.io/somebody/.")]
Tag = Annotated[str, typer.Option(envvar="SOUK_TAG", help="The tag; a release's version.")]
Push = Annotated[bool, typer.Option("--push", help="For all processors, to the registry.")]
Sign = Annotated[bool, typer.Option("--sign", help="Sign what was pushed with cosign.")]
Bases = Annotated[Path | None, typer.Option(help="Base images by digest, as --pin wrote them.")]
Into = Annotated[Path | None, typer.Option(help="Folder for NAME.json with what was pushed.")]
Pin = Annotated[Path | None, typer.Option(help="Only write the digests of the base images here.")]


def images(
    names: Names = None,
    registry: Registry = "",
    tag: Tag = "dev",
    push: Push = False,
    sign: Sign = False,
    bases: Bases = None,
    into: Into = None,
    pin: Pin = None,
) -> None:
    """Build the images of the shop; with --push also publish them, by digest and signed."""
    there = dockerfiles()
    unknown = sorted(set(names or ()) - set(there))
    if unknown:
        raise StackError(f"no such image: {', '.join(unknown)}; there are {', '.join(there)}")
    if pin is not None:
        pin.write_text(json.dumps(pinned(there.values()), indent=1) + "\n")
        return
    given: Mapping[str, str] = json.loads(bases.read_text()) if bases else {}
    for name in names or there:
        reference = f"{registry}souk/{name}:{tag}"
        command = build(there[name], reference, given, push=push)
        if not push:
            call([*command, "--load", "."], directory=CHECKOUT)
            continue
        kept = publish(command, reference, sign=sign)
        output().print(kept)
        if into is not None:
            into.mkdir(parents=True, exist_ok=True)
            (into / f"{name}.json").write_text(json.dumps({name: kept}) + "\n")


def dockerfiles(checkout: Path = CHECKOUT) -> dict[str, Path]:
    """Each image's name and its Dockerfile; the folder that has one names the image.

    The operator's is for a cluster to try things on; nothing that is published needs it.
    """
    own = (checkout / "gateway", checkout / "infra" / "compose" / "operator")
    found = [*checkout.glob("services/*/Dockerfile"), *(part / "Dockerfile" for part in own)]
    return {path.parent.name: path for path in sorted(found) if path.exists()}


def base_images(dockerfile: Path) -> dict[str, str]:
    """The arguments that name a base image, and what they say unless told otherwise."""
    return dict(_BASE.findall(dockerfile.read_text()))


def pinned(files: Iterable[Path]) -> dict[str, str]:
    """Each base image with the digest that its tag has now, so that all images get the same."""
    asked: dict[str, str] = {}
    for file in files:
        asked.update(base_images(file))
    look = ("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}")
    return {name: f"{image}@{call([*look, image]).strip()}" for name, image in asked.items()}


def build(dockerfile: Path, reference: str, bases: Mapping[str, str], *, push: bool) -> list[str]:
    """The command that builds one image, but for where it goes."""
    revision = call(["git", "rev-parse", "HEAD"], directory=CHECKOUT).strip()
    version = reference.rpartition(":")[2]
    arguments = {"VERSION": version, "REVISION": revision}
    arguments |= {k: v for k, v in bases.items() if k in base_images(dockerfile)}
    told = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
    public = ("--platform", PLATFORMS, "--sbom=true", "--provenance=mode=max") if push else ()
    file = str(dockerfile.relative_to(CHECKOUT))
    return ["docker", "buildx", "build", "--file", file, "--tag", reference, *told, *public]


def publish(command: Sequence[str], reference: str, *, sign: bool) -> str:
    """Build and push; the reference by digest."""
    with tempfile.TemporaryDirectory() as scratch:
        facts = Path(scratch) / "facts.json"
        call([*command, "--push", "--metadata-file", str(facts), "."], directory=CHECKOUT)
        digest = json.loads(facts.read_text())["containerimage.digest"]
    kept = f"{reference.rpartition(':')[0]}@{digest}"
    if sign:
        call(["cosign", "sign", "--yes", kept])
    return kept
