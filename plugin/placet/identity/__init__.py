"""Who is asking: what the host says about a visitor, and the ways to find it out."""

from placet.identity.appbuilder import appbuilder_identity
from placet.identity.directory import appbuilder_directory
from placet.identity.flask_login import flask_login_identity
from placet.identity.header import header_identity
from placet.identity.principal import AuthMethod, BadPrincipal, Identity, Principal

__all__ = [
    "AuthMethod",
    "BadPrincipal",
    "Identity",
    "Principal",
    "appbuilder_directory",
    "appbuilder_identity",
    "flask_login_identity",
    "header_identity",
]
