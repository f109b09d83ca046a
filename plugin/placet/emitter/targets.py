"""The targets there are, opened by their settings."""

from __future__ import annotations

from placet.domain.errors import SettingError
from placet.emitter.cedar.target import CedarTarget
from placet.emitter.rego.target import RegoTarget
from placet.emitter.settings import CedarSettings, PostgresSettings, RegoSettings
from placet.emitter.target import Target

TargetSettings = PostgresSettings | RegoSettings | CedarSettings


def open_target(settings: TargetSettings) -> Target:
    """The target these settings are of; nothing is connected before it is used.

    Raises SettingError where the driver, or the library it stands on, is not installed.
    """
    if isinstance(settings, RegoSettings):
        return RegoTarget(settings)
    if isinstance(settings, CedarSettings):
        return CedarTarget(settings)
    try:
        from placet.emitter.postgres.target import PostgresTarget
    except ImportError as error:
        raise SettingError(
            f"target `{settings.name}` needs the PostgreSQL driver: run `pip install 'placet[postgres]'`"
        ) from error
    return PostgresTarget(settings)
