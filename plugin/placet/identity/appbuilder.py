"""Hosts made with Flask-AppBuilder: its session, and the tokens of its API."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from placet.identity.principal import AuthMethod, Principal


class AppBuilderIdentity:
    """The user of Flask-AppBuilder's session or token. Their user name is the id, their roles are passed on."""

    def __call__(self) -> Principal | None:
        """Who is asking, or None. A token counts before the session; one that is not valid is nobody's."""
        from flask_jwt_extended import current_user as token_user
        from flask_jwt_extended import verify_jwt_in_request
        from flask_jwt_extended.exceptions import JWTExtendedException
        from flask_login import current_user
        from jwt import PyJWTError

        try:
            token = verify_jwt_in_request(optional=True, locations=["headers"])
        except (JWTExtendedException, PyJWTError):
            return None
        return _principal(token_user, AuthMethod.TOKEN) if token else _principal(current_user, AuthMethod.SESSION)

    def login_url(self, next: str) -> str | None:
        """Flask-AppBuilder's login, which comes back to `next`; None where it has none."""
        view = security_manager().auth_view
        return url_for(f"{view.endpoint}.login", next=next) if view else None


def appbuilder_identity() -> AppBuilderIdentity:
    """Ask Flask-AppBuilder who is signed in, by its login pages or by a token of its API.

    Which of its roles brings a global permission of Placet is the setting `PLACET_ROLE_PERMISSIONS`; none does by
    default, its `Admin` included.
    """
    return AppBuilderIdentity()


def _principal(user: Any, method: AuthMethod) -> Principal | None:
    """Only an active user of the host's own table counts; a guest may carry anyone's name."""
    manager = security_manager()
    if not isinstance(user, manager.user_model) or not user.is_active:
        return None
    roles = [role.name for role in manager.get_user_roles(user)]
    return Principal(user.username, user.get_full_name(), user.email, roles=roles, auth_method=method)


def security_manager() -> Any:
    """What keeps the users and roles of the host."""
    return current_app.appbuilder.sm
