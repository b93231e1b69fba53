"""Public keys of partners: what may be registered. RS384 and PS384 take RSA keys, ES384 keys on the curve P-384."""

import json
import warnings
from typing import Any, Final

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

ALGORITHMS: Final = ("ES384", "RS384", "PS384")
SMALLEST_RSA: Final = 2_048
LARGEST_RSA: Final = 8_192
"""A larger one would take the time of others."""
LONGEST_TEXT: Final = 10_000
LONGEST_KID: Final = 100
_CURVE: Final = "P-384"

PublicKey = ECKey | RSAKey


class UnfitKeyError(ValueError):
    """A key that may not be registered; the message is one French sentence."""


def read_public_key(text: str) -> dict[str, Any]:
    """The canonical JWK of a pasted JWK or PEM, with its ``kid``: its own, or its thumbprint (RFC 7638).

    Raises UnfitKeyError, above all for a private key: it must be thought of as stolen.
    """
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise UnfitKeyError("Ce texte est trop long pour une clé publique.")
    if "PRIVATE KEY" in text:
        raise UnfitKeyError(_PRIVATE)
    if not text.startswith("{"):
        return _registered(_import(text), kid="")
    try:
        raw = json.loads(text)
    except ValueError:
        raise UnfitKeyError("Cette clé n’est ni un JWK ni un PEM.") from None
    if not isinstance(raw, dict):
        raise UnfitKeyError("Cette clé n’est ni un JWK ni un PEM.")
    kid = raw.get("kid", "")
    if not isinstance(kid, str) or len(kid) > LONGEST_KID or not kid.isprintable():
        raise UnfitKeyError(f"L’identifiant « kid » est un texte de {LONGEST_KID} caractères au plus.")
    return _registered(_import(raw), kid=kid)


def key_for(jwk: dict[str, Any], algorithm: object) -> PublicKey | None:
    """A registered key, when it is one for this algorithm."""
    kinds: dict[object, type[ECKey] | type[RSAKey]] = {"ES384": ECKey, "RS384": RSAKey, "PS384": RSAKey}
    kind = kinds.get(algorithm)
    if kind is None or jwk["kty"] != kind.key_type:
        return None
    return kind.import_key(jwk)


_PRIVATE: Final = (
    "Ceci est une clé privée : elle ne doit jamais quitter votre système. Considérez-la comme volée, faites-en une "
    "autre et déposez sa clé publique."
)


def _import(raw: str | dict[str, Any]) -> PublicKey:
    for kind in (ECKey, RSAKey):
        try:
            with warnings.catch_warnings(category=SecurityWarning, action="ignore"):  # sizes are checked below
                return kind.import_key(raw)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise UnfitKeyError("Cette clé n’est ni une clé RSA ni une clé P-384 lisible.")


def _registered(key: PublicKey, *, kid: str) -> dict[str, Any]:
    if key.is_private:
        raise UnfitKeyError(_PRIVATE)
    if isinstance(key, ECKey):
        if key.curve_name != _CURVE:
            raise UnfitKeyError("Une clé elliptique doit être sur la courbe P-384.")
    elif not SMALLEST_RSA <= key.raw_value.key_size <= LARGEST_RSA:
        raise UnfitKeyError(f"Une clé RSA doit avoir de {SMALLEST_RSA} à {LARGEST_RSA} bits.")
    jwk = {
        name: value for name, value in key.as_dict(private=False).items() if name in ("kty", "crv", "x", "y", "n", "e")
    }
    return {**jwk, "kid": kid or key.thumbprint()}
