"""`placet demo`: the pages on 127.0.0.1, with the lines to try on the data platform."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from werkzeug.serving import make_server

from placet.demo.app import ROLES
from placet.demo.baseball import LICENCE
from placet.demo.world import World, world

QUERY = "SELECT * FROM marketplace.players__salaries LIMIT 3"


def serve(out: Console, port: int, folder: Path | None) -> None:
    """Serve the demo until it is interrupted."""
    with world(folder) as here:
        here.marketplace.work.provision()  # what is printed below can be tried as soon as it stands there
        here.worker.start_thread()
        server = make_server("127.0.0.1", port, here.app, threaded=True)
        _explain(out, here, server.port)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("\nstopped")
        finally:
            server.server_close()


def _explain(out: Console, here: World, port: int) -> None:
    for table, rows in here.rows.items():
        out.print(f"loaded {rows:>7,} rows into {table}")
    out.print(f"data: {LICENCE}\n")
    out.print(f"[bold]Open http://127.0.0.1:{port}/[/bold] and choose in the bar who you are:", highlight=False)
    for person, role in ROLES.items():
        out.print(f"  {person:<5} {role}")
    out.print("\nAsk the data platform as a consumer, before and after the approval:\n")
    for login in ("rita", "tom"):
        out.print(f"  {here.server.psql} '{here.login_dsn(login)}' -c '{QUERY}'", markup=False)
    out.print("\nPress Ctrl+C to stop.")
