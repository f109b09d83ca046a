"""The ids and words that events about requests and grants carry."""

from __future__ import annotations

from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, Grant, RequestType


def asked_for(asked: AccessRequest | Grant, product: DataProduct) -> str:
    """What a request asks for or a grant gives, as messages call it."""
    if asked.type is RequestType.DATA_ACCESS:
        return f"access to {product.name}"
    count = len(asked.columns)
    return f"clear values of {count} column{'s' if count != 1 else ''} of {product.name}"


def request_data(request: AccessRequest, product: DataProduct) -> dict[str, object]:
    """What events about a request say of it."""
    return {
        "request": request.id,
        "type": request.type.value,
        "product": product.id,
        "product_name": product.name,
        "asked_for": asked_for(request, product),
        "requester": request.requester,
        "beneficiary": request.beneficiary,
        "beneficiary_kind": request.beneficiary_kind.value,
        "status": request.status.value,
    }


def grant_data(grant: Grant, product: DataProduct) -> dict[str, object]:
    """What events about a grant say of it."""
    return {
        "grant": grant.id,
        "request": grant.request,
        "type": grant.type.value,
        "product": product.id,
        "product_name": product.name,
        "asked_for": asked_for(grant, product),
        "beneficiary": grant.beneficiary,
        "beneficiary_kind": grant.beneficiary_kind.value,
        "end": grant.end.isoformat() if grant.end else None,
    }
