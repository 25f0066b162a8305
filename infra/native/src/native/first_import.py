"""The first start fills the shop: the data set in the repository is imported once for each home.

`start.bring_up` calls it when everything is ready. A file in the home remembers that it was done; a
start that is interrupted before leaves no such file, and the next one imports again, which is safe.
"""

from native.place import CHECKOUT, Place
from native.progress import Progress
from native.record import Record

DATA_FILE = CHECKOUT / "data" / "online-retail" / "online-retail-2010-12.csv.gz"


def is_due(place: Place) -> bool:
    """Whether this home has not seen its first import."""
    return not (place.data / "first-import").exists()


async def fill(place: Place, record: Record, progress: Progress) -> None:
    """Import the catalogue and its opening stock through the shop's own API."""
    from native.shop.importer import import_file
    from native.shop.meter import Meter
    from native.shop.session import open_session

    async with open_session(record, Meter(progress)) as session:
        report = await import_file(DATA_FILE, session)
    (place.data / "first-import").write_text(report.sha256 + "\n")
