"""What the logistics department repairs: its own service codes, in its own words."""

SERVICES: tuple[tuple[str, str, str], ...] = (
    ("water", "给排水维修", "Plumbing and water"),
    ("power", "供电照明维修", "Power and lighting"),
    ("other", "其他维修", "Other repairs"),
)
"""Code, Chinese name, English name."""


def services() -> list[dict[str, object]]:
    """Return the list of services as GeoReport v2 wants it."""
    return [
        {
            "service_code": code,
            "service_name": name,
            "description": english,
            "metadata": False,
            "type": "realtime",
            "keywords": english.lower().replace(" and ", ","),
            "group": "logistics",
        }
        for code, name, english in SERVICES
    ]


CODES = frozenset(code for code, _, _ in SERVICES)
