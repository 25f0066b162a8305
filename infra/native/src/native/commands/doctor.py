"""`./souk doctor`: check the machine, and say how to mend what is wrong.

Called by `native.cli`; the checks are in `native.checkup`. It exits 1 when anything is wrong.
"""

import json
from dataclasses import asdict

import typer

from native.checkup import examine, options_here
from native.commands.common import AsJson, PortBase
from native.place import Place
from native.progress import Progress, output


def doctor(port_base: PortBase = None, as_json: AsJson = False) -> None:
    """Check Python, ports, disk, memory and jars, and say how to mend what is wrong."""
    place = Place.from_environment()
    place.make()
    options = options_here(place, port_base)
    with Progress().step("Looking around"):
        findings = examine(place, options)
    well = all(finding.well for finding in findings)
    if as_json:
        typer.echo(json.dumps({"well": well, "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            mark = "[green]✓[/green]" if finding.well else "[red]✗[/red]"
            output().print(f"{mark} {finding.what}: {finding.found}")
            if not finding.well:
                output().print(f"  → {finding.remedy}")
    if not well:
        raise typer.Exit(1)
