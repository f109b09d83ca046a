"""What a manager writes about a product: how a product stands in the form, and how it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from placet.domain.errors import Invalid
from placet.domain.people import SourceKind, StewardSource
from placet.domain.products import BadProduct, DataProduct
from placet.domain.terms import Duration
from placet.pages.answers import Sent

NO_FORM = ":0"


class NothingChosen(Invalid):
    """A choice that was left open, where a guess could show a product to everyone."""

    code = "nothing-chosen"
    title = "Something is not chosen"


def filled(product: DataProduct) -> Sent:
    """The fields of the form as they stand for a product."""
    return MultiDict(
        {
            "name": product.name,
            "description": product.description,
            "expert": product.expert,
            "form": f"{product.form}:{product.form_version}",
            "masking_form": f"{product.masking_form}:{product.masking_form_version}",
            "links": "\n".join(product.links),
            "maximum": str(product.maximum or ""),
            "sight": "groups" if product.visible_to else "everyone",
            "groups": "\n".join(sorted(product.visible_to)),
            "stewards": "\n".join(map(written, product.stewards)),
            "revision": str(product.revision),
        }
    )


def described(sent: Sent, product: DataProduct) -> DataProduct:
    """The product as the form describes it, with the sources that it has. Raises BadProduct, BadTerm, NothingChosen."""
    form, version = _form(sent.get("form", ""))
    masking, masking_version = _form(sent.get("masking_form", NO_FORM))
    maximum = sent.get("maximum", "").strip()
    return replace(
        product,
        name=sent.get("name", ""),
        description=sent.get("description", "").replace("\r\n", "\n"),
        expert=sent.get("expert", "").strip(),
        form=form,
        form_version=version,
        masking_form=masking,
        masking_form_version=masking_version,
        links=tuple(_lines(sent, "links")),
        visible_to=_groups(sent),
        maximum=Duration.parse(maximum) if maximum else None,
        stewards=tuple(map(steward, _lines(sent, "stewards"))),
    )


def written(source: StewardSource) -> str:
    """A steward source on one line."""
    return f"{source.kind.value}: {source.name}" + (f" = {source.value}" if source.value else "")


def steward(line: str) -> StewardSource:
    """The steward source on a line, such as `group: finance` or `attribute: team = pay`. Raises BadProduct."""
    kind, parted, rest = line.partition(":")
    if not parted or kind.strip() not in list(SourceKind):
        raise BadProduct(f"`{line[:80]}` is no line of stewards: begin it with one of {', '.join(SourceKind)} and `:`")
    name, _, value = rest.partition(" = ")
    return StewardSource(SourceKind(kind.strip()), name.strip(), value.strip())


def _form(chosen: str) -> tuple[str, int]:
    id, _, version = chosen.rpartition(":")
    return id, int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def _groups(sent: Mapping[str, str]) -> frozenset[str]:
    groups = frozenset(_lines(sent, "groups"))
    if sent.get("sight") == "groups" and groups:
        return groups
    if sent.get("sight") == "everyone" and not groups:
        return groups
    raise NothingChosen("choose everyone and name no group, or choose groups and name at least one")


def _lines(sent: Mapping[str, str], field: str) -> list[str]:
    return [line.strip() for line in sent.get(field, "").splitlines() if line.strip()]
