"""SCIM 2.0 (RFC 7643, RFC 7644): identity providers fill the directory. Needs the extra `placet[scim]`."""

from __future__ import annotations

from importlib.util import find_spec

from flask import Flask


def register_scim(app: Flask, url_prefix: str) -> None:
    """Add the SCIM server to an app below `url_prefix`, where the library for it is installed."""
    if find_spec("scim2_server") is None:
        return
    from placet.scim.blueprint import make_scim

    scim = make_scim()
    app.register_blueprint(scim, url_prefix=f"{url_prefix}/scim/v2")
    if protection := app.extensions.get("csrf"):
        protection.exempt(scim)
