"""`./souk deploy OVERLAY`: migrates, rolls out, buys something, and goes back if any of it fails.

Called by `native.cli`, and so by both pipelines. First come the settings and the migrations,
which the version that runs can live with; then the new version; last the smoke test. Whatever
fails after the migrations is answered by the pods of before: the schema stays, for it fits both.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from native.delivery import smoke
from native.delivery.cluster import Cluster, Thing, rendered
from native.errors import StackError
from native.progress import output

_OURS = re.compile(r"(?:.*/)?souk/([a-z]+)(?:[:@].*)?$")

Overlay = Annotated[str, typer.Argument(help="A folder of infra/k8s/overlays, as staging.")]
Kubeconfig = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The cluster's.")]
Images = Annotated[Path, typer.Option(exists=True, help="Folder of what `./souk images` pushed.")]
Gateway = Annotated[str | None, typer.Option("--url", help="Where to buy something afterwards.")]
Seconds = Annotated[float, typer.Option(min=1, help="How long each roll-out may take.")]


class RolledBack(StackError):
    """The new version did not come up or did not sell; the version before runs again."""


def deploy(
    overlay: Overlay,
    kubeconfig: Kubeconfig,
    images: Images,
    url: Gateway = None,
    look_only: smoke.LookOnly = False,
    seconds: Seconds = 600.0,
) -> None:
    """Bring the shop on a cluster to the images given, and go back by itself if that fails."""
    things = with_images(rendered(overlay), pushed(images))
    cluster = Cluster(kubeconfig, seconds)
    pods = [thing for thing in things if thing["kind"] == "Deployment"]
    jobs = [thing for thing in things if thing["kind"] == "Job"]
    canaries = {thing["metadata"]["name"] for thing in things if thing["kind"] == "Rollout"}
    before = cluster.revisions()
    cluster.apply(thing for thing in things if thing["kind"] not in {"Deployment", "Job"})
    cluster.migrate(jobs)
    try:
        cluster.apply(pods)
        cluster.wait_for(thing["metadata"]["name"] for thing in pods)
        cluster.wait_for_canaries(canaries)
        if url is not None:
            output().print(smoke.buy(url, look_only=look_only))
    except StackError as why:
        _go_back(cluster, before, canaries)
        raise RolledBack(f"went back to the version before: {why}") from why


def _go_back(cluster: Cluster, before: Mapping[str, str], canaries: set[str]) -> None:
    """To where each Deployment was; what was not there before is left, for whoever looks."""
    now = cluster.revisions()
    changed = [name for name, revision in before.items() if revision and now[name] != revision]
    for name in changed:
        cluster.undo(name, before[name])
    cluster.wait_for(changed)
    cluster.wait_for_canaries(canaries & set(changed))


def pushed(folder: Path) -> dict[str, str]:
    """Each image's reference by digest, as `./souk images --into` wrote them down."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        found.update(json.loads(file.read_text()))
    by_tag = sorted(name for name, reference in found.items() if "@sha256:" not in reference)
    if by_tag or not found:
        raise StackError(f"no image by digest in {folder}: {', '.join(by_tag) or 'nothing'}")
    return found


def with_images(things: Iterable[Thing], references: Mapping[str, str]) -> list[Thing]:
    """The objects, with each of the shop's images by its digest.

    Raises:
        StackError: an image that an object names was not pushed.
    """
    changed = list(things)
    for container in (one for thing in changed for one in _containers(thing)):
        ours = _OURS.match(container["image"])
        if ours is None:
            continue
        if ours[1] not in references:
            raise StackError(f"souk/{ours[1]} was not pushed")
        container["image"] = references[ours[1]]
    return changed


def _containers(thing: Any) -> Iterable[dict[str, Any]]:
    """Every container below an object, whatever its kind."""
    if isinstance(thing, list):
        for item in thing:
            yield from _containers(item)
    elif isinstance(thing, dict):
        for key, value in thing.items():
            if key in {"containers", "initContainers"} and isinstance(value, list):
                yield from (one for one in value if "image" in one)
            else:
                yield from _containers(value)
