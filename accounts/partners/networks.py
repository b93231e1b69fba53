"""The networks that a program of a partner may call from: a stolen key is of no use from elsewhere.

Kept as CIDR in one spelling. An empty list means from anywhere, and is the only way to say so.
"""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from django.http import HttpRequest

from ameli_notify.core.client_address import whole_address

MOST_NETWORKS: Final = 50
LONGEST_TEXT: Final = 5_000
_FORM: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?")
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_MAPPED_BITS: Final = 96

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class UnfitNetworkError(ValueError):
    """A text that names no networks; the message is one French sentence."""


def may_come_from(networks: Collection[str], request: HttpRequest) -> bool:
    """Whether a request comes from one of these networks; from anywhere when there are none.

    Where the caller's address cannot be believed, it is in no network.
    """
    if not networks:
        return True
    address = whole_address(request)
    return address is not None and any(address in _kept(network) for network in networks)


def read_networks(text: str) -> list[str]:
    """Networks as they are kept, from addresses or CIDR separated by lines, spaces or commas; each once.

    Raises UnfitNetworkError.
    """
    if len(text) > LONGEST_TEXT:
        raise UnfitNetworkError("Ce texte est trop long pour une liste de réseaux.")
    unique = list(dict.fromkeys(str(_network(word)) for word in re.split(r"[\s,;]+", text) if word))
    if len(unique) > MOST_NETWORKS:
        raise UnfitNetworkError(f"Un programme a {MOST_NETWORKS} réseaux au plus. Réunissez ceux qui se suivent.")
    return unique


def _network(word: str) -> Network:
    if _FORM.fullmatch(word) is None:
        raise UnfitNetworkError(_NONE)
    try:
        network = _unmapped(ipaddress.ip_network(word, strict=False))
    except ValueError:
        raise UnfitNetworkError(_NONE) from None
    if network.prefixlen == 0:
        raise UnfitNetworkError(
            f"« {word} » désigne toutes les adresses : laissez le champ vide pour n’en exclure aucune."
        )
    if "/" in word and not _is_exact(word):
        raise UnfitNetworkError(f"« {word} » est une adresse dans un réseau. Le réseau entier s’écrit « {network} ».")
    return network


def _unmapped(network: Network) -> Network:
    """IPv4 that is written as IPv6 is IPv4: callers' addresses are compared so."""
    if not isinstance(network, ipaddress.IPv6Network) or not network.subnet_of(_MAPPED):
        return network
    first = ipaddress.IPv4Address(int(network.network_address) & 0xFFFF_FFFF)
    return ipaddress.IPv4Network((first, network.prefixlen - _MAPPED_BITS))


def _is_exact(word: str) -> bool:
    """No bit is set behind the length that is written."""
    try:
        ipaddress.ip_network(word)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4_096)
def _kept(text: str) -> Network:
    return ipaddress.ip_network(text)


_NONE: Final = (
    "Écrivez des adresses ou des réseaux, un par ligne, par exemple « 192.0.2.10 », « 198.51.100.0/24 » ou "
    "« 2001:db8:1::/48 »."
)
