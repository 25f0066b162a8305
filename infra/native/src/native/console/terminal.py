"""Draws a waterfall in the terminal, for `./souk trace`."""

from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from native.console.waterfall import Row, Waterfall

COLOURS = {
    "gateway": "blue",
    "auth": "magenta",
    "catalog": "red",
    "inventory": "yellow",
    "orders": "green",
    "payments": "bright_magenta",
    "notifications": "cyan",
}
OUTBOX, KAFKA, WORK = "·", "─", "█"
NARROWEST = 16
STEP, NUMBER = 56, 9  # characters
BESIDE = STEP + 2 * NUMBER + 6  # what is left is the bar's


def heading(fall: Waterfall) -> str:
    """One line about the whole."""
    began = datetime.fromtimestamp(fall.began, UTC).strftime("%Y-%m-%d %H:%M:%S")
    about = f"order {fall.order}, " if fall.order else ""
    return f"{about}trace {fall.trace}, {began}: {len(fall.rows)} spans in {fall.takes:.0f} ms"


def table(fall: Waterfall, width: int) -> Table:
    """A row a span: its name, its bar (`width` characters), its beginning and its length."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("step", no_wrap=True, width=STEP, overflow="ellipsis")
    legend = f"{OUTBOX} until sent  {KAFKA} in Kafka  {WORK} at work"
    shown.add_column(legend, no_wrap=True, width=width, overflow="ellipsis")
    for title in ("begins", "takes"):
        shown.add_column(title, justify="right", no_wrap=True, width=NUMBER)
    for row in fall.rows:
        name = Text("  " * row.depth)
        name.append(row.service, style=f"bold {COLOURS.get(row.service, 'white')}")
        name.append(f" {row.name}", style="red" if row.failed else "")
        shown.add_row(name, _bar(row, fall.takes, width), _ms(row.begins), _ms(row.takes))
    return shown


def _bar(row: Row, whole: float, width: int) -> Text:
    def place(moment: float) -> int:
        return min(width, max(0, round(moment / max(whole, 0.001) * width)))

    line = [" "] * width
    if row.sent is not None:
        start = row.sent if row.written is None else row.written
        for at in range(place(start), place(row.sent)):
            line[at] = OUTBOX
        for at in range(place(row.sent), place(row.begins)):
            line[at] = KAFKA
    begins = min(place(row.begins), width - 1)
    for at in range(begins, max(begins + 1, place(row.begins + row.takes))):
        line[at] = WORK
    colour = "red" if row.failed else COLOURS.get(row.service, "white")
    return Text("".join(line), style=colour)


def _ms(value: float) -> str:
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:.1f} ms"
