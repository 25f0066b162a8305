"""The console: what the shop is doing now, and the way of any order as a waterfall.

One process of the native stack. The services send it their spans over OTLP/HTTP, it keeps the
newest in SQLite, watches processes, metrics and logs, and shows all of it to the admin at
`/console`, through the gateway. `./souk trace` reads the same spans. See docs/console.md.

- `edges`: who talks to whom, as data. `spans`, `store`: a span, and the newest of them on disk.
- `intake`: OTLP, taken in and handed on. `waterfall`: a trace as rows, for page and terminal.
- `watch`, `log_tail`: processes, metrics and errors. `routes`, `static/`: the page.
"""
