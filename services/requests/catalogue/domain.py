"""The category table, and the triage rules that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.stages import Kind, Visibility
from shared.refusal import Refusal


class WhyNot(StrEnum):
    """Why the catalogue refuses."""

    UNKNOWN_CATEGORY = "request.unknown_category"


class Lane(StrEnum):
    """Who serves: a helper of the community, the outside repair system, or the named readers."""

    HELPER = "helper"
    OUTSIDE = "outside"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Category:
    """One category; `hours` is the time to resolve, `visibility` the least that a request of it gets."""

    id: str
    kind: Kind
    name_zh: str
    name_en: str
    lane: Lane
    skill: str | None
    hours: int
    visibility: Visibility = Visibility.PUBLIC
    urgent: bool = False


_HELPER, _OUTSIDE, _SEALED = Lane.HELPER, Lane.OUTSIDE, Lane.SEALED
_MASKED, _PRIVATE, _TOP = Visibility.MASKED, Visibility.PRIVATE, Visibility.SEALED
_WISH, _REPAIR, _STUDY, _SUGGEST = Kind.WISH, Kind.REPAIR, Kind.STUDY, Kind.SUGGESTION
_DAY, _REPAIR_H, _WISH_H = 24, 72, 168

_ROWS: Final = (
    Category("repair.heat", _REPAIR, "暖气与热水", "Heat and hot water", _OUTSIDE, None, _DAY, _MASKED, urgent=True),
    Category("repair.plumbing", _REPAIR, "水管与下水", "Plumbing", _OUTSIDE, None, _DAY, _MASKED),
    Category("repair.water_leak", _REPAIR, "漏水", "Water leak", _OUTSIDE, None, _DAY, _MASKED, urgent=True),
    Category("repair.electric", _REPAIR, "电路与照明", "Electricity and light", _OUTSIDE, None, _DAY, _MASKED),
    Category("repair.door_window", _REPAIR, "门窗", "Doors and windows", _OUTSIDE, None, _REPAIR_H, _MASKED),
    Category("repair.elevator", _REPAIR, "电梯", "Elevator", _OUTSIDE, None, _DAY, urgent=True),
    Category("repair.paint", _REPAIR, "墙面与粉刷", "Paint and plaster", _OUTSIDE, None, _REPAIR_H, _MASKED),
    Category("repair.floor_stairs", _REPAIR, "地面与楼梯", "Floors and stairs", _OUTSIDE, None, _REPAIR_H),
    Category("repair.appliance", _REPAIR, "电器与家具", "Appliances and furniture", _OUTSIDE, None, _REPAIR_H, _MASKED),
    Category("repair.cleaning", _REPAIR, "卫生保洁", "Cleaning", _OUTSIDE, None, _REPAIR_H),
    Category("repair.pest", _REPAIR, "虫鼠", "Pests", _OUTSIDE, None, _REPAIR_H, _MASKED),
    Category("repair.network", _REPAIR, "网络", "Network", _OUTSIDE, None, _REPAIR_H, _MASKED),
    Category("repair.public_area", _REPAIR, "公共设施", "Public area", _OUTSIDE, None, _REPAIR_H),
    Category("repair.safety", _REPAIR, "安全隐患", "Safety hazard", _OUTSIDE, None, _DAY, urgent=True),
    Category("wish.errand", _WISH, "跑腿代办", "Errand", _HELPER, "errand", _WISH_H),
    Category("wish.moving", _WISH, "搬运行李", "Moving things", _HELPER, "moving", _WISH_H),
    Category("wish.computer", _WISH, "电脑与手机", "Computer and phone", _HELPER, "computer", _WISH_H),
    Category("wish.small_fix", _WISH, "小修小补", "Small fixes", _HELPER, "handy", _WISH_H),
    Category("wish.lost_found", _WISH, "失物招领", "Lost and found", _HELPER, "errand", _WISH_H),
    Category("wish.company", _WISH, "陪伴与就医", "Company, also to the doctor", _HELPER, "care", _WISH_H, _PRIVATE),
    Category("wish.other", _WISH, "其他心愿", "Another wish", _HELPER, None, _WISH_H),
    Category("study.maths", _STUDY, "数学辅导", "Maths", _HELPER, "maths", _WISH_H, _MASKED),
    Category("study.english", _STUDY, "英语辅导", "English", _HELPER, "english", _WISH_H, _MASKED),
    Category("study.programming", _STUDY, "编程辅导", "Programming", _HELPER, "programming", _WISH_H, _MASKED),
    Category("study.other", _STUDY, "其他学业帮扶", "Other study help", _HELPER, "tutoring", _WISH_H, _MASKED),
    Category(
        "quarrel.roommates", Kind.QUARREL, "宿舍矛盾", "Room-mates quarrel", _SEALED, "mediation", _REPAIR_H, _TOP
    ),
    Category("counsel.talk", Kind.COUNSEL, "心理与谈心", "Counsel", _SEALED, "counsel", _DAY, _TOP),
    Category("noise.night", _SUGGEST, "噪音扰民", "Noise", _HELPER, "mediation", _REPAIR_H, _MASKED),
    Category("suggestion.order", _SUGGEST, "秩序与停放", "Order and parking", _HELPER, None, _WISH_H, _MASKED),
    Category("suggestion.food", _SUGGEST, "饮食", "Food", _HELPER, None, _WISH_H, _MASKED),
    Category("suggestion.other", _SUGGEST, "意见建议", "Suggestion", _HELPER, None, _WISH_H),
)

CATEGORIES: Final[Mapping[str, Category]] = {row.id: row for row in _ROWS}
"""Every category by its id."""

_RANK: Final = tuple(Visibility)


def category_of(category_id: str) -> Category:
    """Return the category, or refuse: there is none of that id."""
    found = CATEGORIES.get(category_id)
    if found is None:
        raise Refusal(WhyNot.UNKNOWN_CATEGORY, category=category_id)
    return found


def stricter(*wanted: Visibility | None) -> Visibility:
    """Return the strictest of these: visibility may be raised, never lowered."""
    return max((each for each in wanted if each is not None), key=_RANK.index)


def lane_of(category: Category, visibility: Visibility) -> Lane:
    """Return the lane: what is sealed stays with its readers, whatever its category."""
    return Lane.SEALED if visibility is Visibility.SEALED else category.lane


def time_to_resolve(category: Category, *, urgent: bool) -> timedelta:
    """Return the time within which a request of the category should be resolved; an urgent one has half of it."""
    return timedelta(hours=category.hours) / (2 if urgent else 1)
