"""The words that people use: those that the pages show, in both languages, and others that mean nothing else."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.members.imports.domain.kinds import What
from services.members.imports.domain.separated_values import BLANKS
from services.members.people.domain.profile import PersonStage
from services.members.units.domain import UnitType
from shared.contracts.members import PlaceType, Role

_BLANK: Final = re.compile(f"[{BLANKS}]+")
_REMARK: Final = re.compile(r"(.+?)(?:\(.*\)|\[.*\]|【.*】)?[*:]*")
_STARS: Final = "*:"


def plain(word: str) -> str:
    """Return a word as it is compared: without blanks, case, width and what nobody sees."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", word)).casefold()


def heading_of(what: What, text: str) -> str | None:
    """Return the column that a heading names, or None; stars, colons and remarks in brackets do not count."""
    folded = plain(text).strip(_STARS)
    bare = _REMARK.fullmatch(folded)
    names = _HEADINGS[what]
    return names.get(folded) or (names.get(bare[1]) if bare else None)


def _table(columns: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return {plain(word): name for name, words in columns.items() for word in (name, *words)}


HEADINGS: Final[Mapping[What, Mapping[str, tuple[str, ...]]]] = {
    What.PEOPLE: {
        "username": ("学号", "工号", "账号", "帐号", "学工号", "学号/工号", "用户名", "account", "student number"),
        "name": ("姓名", "名字", "full name"),
        "roles": ("角色", "身份", "role"),
        "campus": ("校区",),
        "building": ("楼栋", "楼", "楼号", "宿舍楼", "公寓楼", "所在楼栋"),
        "floor": ("楼层", "层"),
        "room": (
            *("房间", "房间号", "宿舍", "宿舍号", "寝室", "寝室号", "住处", "住址", "地点"),
            *("place", "home", "room number"),
        ),
        "units": ("组织", "所属组织", "支部", "所属支部", "unit"),
        "duty": ("管辖范围", "管辖", "管辖楼栋", "负责范围", "负责楼栋", "duty places", "works for"),
        "skills": ("技能", "特长", "skill"),
        "stage": ("发展阶段", "政治面貌", "party stage"),
        "party_member": ("党员", "是否党员", "party member"),
        "busy": ("忙时", "忙碌时段", "busy times"),
        "phone": ("电话", "手机", "手机号", "电话号码", "联系电话", "手机号码"),
        "reachable": ("可联系", "是否可联系"),
        "password": ("初始密码", "密码"),
        "password_hash": ("密码散列",),
    },
    What.PLACES: {
        "id": ("编号", "场所编号"),
        "type": ("类型", "场所类型"),
        "name": ("名称", "场所名称"),
        "name_en": ("英文名", "英文名称", "english name"),
        "capacity": ("容量", "床位", "床位数", "座位", "座位数", "beds", "seats"),
    },
    What.UNITS: {
        "id": ("编号", "组织编号"),
        "type": ("类型", "组织类型"),
        "name": ("名称", "组织名称"),
        "parent": ("上级", "上级组织", "上级编号", "所属组织"),
    },
}
"""The headings of each kind of file by column: the first is the one of the template."""

_HEADINGS: Final = {what: _table(columns) for what, columns in HEADINGS.items()}

VALUES: Final[Mapping[type[StrEnum], Mapping[StrEnum, tuple[str, ...]]]] = {
    Role: {
        Role.STUDENT: ("学生",),
        Role.HELPER: ("服务成员", "志愿者"),
        Role.DESK: ("宿管服务台", "宿管", "服务台"),
        Role.SECRETARY: ("支部书记", "书记"),
        Role.COUNSELLOR: ("辅导员", "counselor"),
        Role.LEADER: ("领导",),
        Role.LOGISTICS: ("后勤",),
        Role.ADMIN: ("管理员", "administrator"),
        Role.SEALED_READER: ("密件查看人", "密件阅办人", "sealed reader"),
    },
    PersonStage: {
        PersonStage.MASSES: ("群众", "none"),
        PersonStage.LEAGUE: ("共青团员", "团员", "league member"),
        PersonStage.APPLICANT: ("入党申请人",),
        PersonStage.CANDIDATE: ("入党积极分子", "积极分子"),
        PersonStage.PROBATIONARY: ("预备党员", "中共预备党员", "probationary member"),
        PersonStage.FULL: ("正式党员", "中共党员", "full member"),
    },
    PlaceType: {
        PlaceType.CAMPUS: ("校区",),
        PlaceType.BUILDING: ("楼栋", "楼"),
        PlaceType.FLOOR: ("楼层", "层"),
        PlaceType.ROOM: ("房间", "寝室", "宿舍"),
        PlaceType.VENUE: ("场地", "场馆", "活动场地"),
    },
    UnitType: {
        UnitType.COMMITTEE: ("党委",),
        UnitType.GENERAL_BRANCH: ("党总支", "总支"),
        UnitType.BRANCH: ("党支部", "支部"),
        UnitType.LEAGUE_BRANCH: ("团支部",),
        UnitType.GROUP: ("党小组",),
        UnitType.CLASS: ("班级",),
        UnitType.DORMITORY: ("宿舍",),
    },
}
"""The words for each value of a closed list: the first is the one of the Chinese pages."""


def _spoken(code: StrEnum) -> str:
    return plain(code.replace("_", " "))


_VALUES: Final = {
    kind: {plain(word): code for code, words in codes.items() for word in (code.value, _spoken(code), *words)}
    for kind, codes in VALUES.items()
}


def value_of(kind: type[StrEnum], word: str) -> StrEnum | None:
    """Return the value of a closed list that a word means, or None."""
    return _VALUES[kind].get(plain(word))


_YES: Final = ("是", "有", "对", "可", "√", "✓", "✔", "☑", "✅", "yes", "y", "true", "1")
_NO: Final = ("否", "无", "没有", "不", "不可", "×", "✗", "✘", "❌", "no", "n", "false", "0")
_TRUTHS: Final = {plain(word): truth for truth, words in ((True, _YES), (False, _NO)) for word in words}


def truth_of(word: str) -> bool | None:
    """Return what a word says, yes or no, or None when that is not certain (an x may tick or cross)."""
    return _TRUTHS.get(plain(word.replace("\ufe0f", "")))
