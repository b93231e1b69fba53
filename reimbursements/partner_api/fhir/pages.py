"""Pages of a search: the Bundle, its links, and where a search goes on that no address may tell.

A search that came by POST names a member in its body, where nobody logs it. The link to its next page is an address all
the same, so that it holds one sealed text: what was asked for, and the place.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from ameli_notify.core.api.problems import INVALID_CURSOR, ProblemError
from ameli_notify.core.stable_tokens import StableTokenError, make_stable, read_stable
from reimbursements.partner_api.fhir.parameters import Values

CURSOR: Final = "_cursor"
PAGE: Final = "_page"
"""The sealed text; it stands alone."""
NOT_SEALED: Final = ("_format", CURSOR)

Entry = tuple[str, str]
"""The address and the JSON of a resource."""
Link = Mapping[str, str]


def bundle(entries: Iterable[Entry], links: Sequence[Link]) -> str:
    """A page of a search. Empty lists are left out, as FHIR wants it."""
    told = ",".join(
        f'{{"fullUrl":"{address}","resource":{resource},"search":{{"mode":"match"}}}}' for address, resource in entries
    )
    head = f'{{"resourceType":"Bundle","type":"searchset","link":{json.dumps(links)}'
    return f'{head},"entry":[{told}]}}' if told else f"{head}}}"


def links_of(address: str, *, following: str | None) -> list[Link]:
    """``address``: of this page; ``following``: of the next one, where there is one."""
    links: list[Link] = [{"relation": "self", "url": address}]
    return links if following is None else [*links, {"relation": "next", "url": following}]


def next_query(asked: QueryDict, *, cursor: str) -> str:
    """What was asked for in the address, from another place on."""
    given = [(name, value) for name in asked for value in asked.getlist(name) if name != CURSOR]
    return urlencode([*given, (CURSOR, cursor)])


def seal(search: Values, *, place: int, context: str) -> str:
    """``PAGE`` of a search from a place on. ``context``: of which list, for whom."""
    kept = {name: values for name, values in search.items() if name not in NOT_SEALED}
    return make_stable(json.dumps([kept, place], separators=(",", ":")).encode(), context=context)


def unseal(page: str, *, context: str) -> tuple[Values, int]:
    """What ``seal`` was given. Raises ProblemError."""
    try:
        kept, place = json.loads(read_stable(page, context=context))
    except StableTokenError:
        raise ProblemError(INVALID_CURSOR) from None
    return {name: tuple(values) for name, values in kept.items()}, place
