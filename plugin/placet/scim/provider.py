"""What the SCIM server says about itself, and what it lets pass."""

from __future__ import annotations

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Patch,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)

from placet.scim.resources import GROUPS, USERS, EnterpriseUser, Group, User
from placet.service import LARGEST_PAGE

TOLERANT = ScimPolicy(unknown=ScimPolicy.Unknown.ignore, remove_value_as_filter=ScimPolicy.RemoveValue.apply)
"""Identity providers send attributes that we don't keep, and some remove members by a value."""


def make_provider() -> ScimProvider:
    """The description of the service."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=LARGEST_PAGE),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="The server's own",
                description="Whatever the server that Placet is part of knows people by",
            )
        ],
    )
    return ScimProvider([User, Group, EnterpriseUser], [USERS, GROUPS], config, TOLERANT)
