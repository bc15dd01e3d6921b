"""Where a call comes from: from our own pages, from another site's, or from no page at all.

A browser sends cookies along with whatever page makes it call, so a call that changes something is believed only when
it does not come from elsewhere. Browsers of today tell by `Sec-Fetch-Site`; on plain HTTP and in older ones there is
`Origin`, which must then be the public address of the installation or the very host that was called. Programs tell
neither: they have no cookies that somebody else could use.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_OWN_SITES: Final = frozenset({"same-origin", "none"})
_PORTS: Final = {"http": 80, "https": 443}

Parts = tuple[str, str, int]
"""An origin: scheme, host and port, with the scheme's own port where none is told."""


def origin_of(address: str) -> Parts | None:
    """Return the origin of an address, or None for what is none (`null`, another scheme, garbage)."""
    try:
        told = urlsplit(address.strip())
        port = told.port
    except ValueError:
        return None
    if told.scheme not in _PORTS or not told.hostname:
        return None
    return told.scheme, told.hostname, port or _PORTS[told.scheme]


def is_from_elsewhere(headers: Mapping[str, str], own: Parts | None) -> bool:
    """Tell whether another site's page made a browser send this call; `own` is the origin of the public address."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OWN_SITES
    told = headers.get("origin")
    if told is None:
        return False
    origin = origin_of(told)
    return origin is None or origin not in {own, origin_of(f"{origin[0]}://{headers.get('host', '')}")}
