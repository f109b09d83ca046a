"""Who is asking: what the host says about a visitor, and the ways to find it out."""

from placet.identity.principal import AuthMethod, BadPrincipal, Identity, Principal

__all__ = ["AuthMethod", "BadPrincipal", "Identity", "Principal"]
