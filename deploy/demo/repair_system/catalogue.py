"""What the logistics department repairs. Senders read these codes from `services.json`."""

SERVICES: tuple[tuple[str, str, str], ...] = (
    ("repair.heat", "暖气与热水", "Heat and hot water"),
    ("repair.plumbing", "水管与下水", "Plumbing"),
    ("repair.water_leak", "漏水", "Water leak"),
    ("repair.electric", "电路与照明", "Electricity and light"),
    ("repair.door_window", "门窗", "Doors and windows"),
    ("repair.elevator", "电梯", "Elevator"),
    ("repair.paint", "墙面与粉刷", "Paint and plaster"),
    ("repair.floor_stairs", "地面与楼梯", "Floors and stairs"),
    ("repair.appliance", "电器与家具", "Appliances and furniture"),
    ("repair.cleaning", "卫生保洁", "Cleaning"),
    ("repair.pest", "虫鼠", "Pests"),
    ("repair.network", "网络", "Network"),
    ("repair.public_area", "公共设施", "Public area"),
    ("repair.safety", "安全隐患", "Safety hazard"),
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


CODES: frozenset[str] = frozenset(code for code, _, _ in SERVICES)
