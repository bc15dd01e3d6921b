"""Tables to begin with: the headings, two rows as an example, and what may stand in each column."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.members.imports.domain.column_values import CLEARABLE, REQUIRED
from services.members.imports.domain.column_words import HEADINGS, VALUES
from services.members.imports.domain.kinds import What
from services.members.people.domain.profile import PersonStage
from services.members.units.domain import UnitType
from shared.contracts.members import PlaceType, Role
from shared.contracts.skills import WORDS, Skill


class Language(StrEnum):
    """The language of a template."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Template:
    """A table to begin with; `choices` are the values that the cells of a column may have, by its place."""

    title: str
    headings: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    explanation: tuple[tuple[str, ...], ...]
    choices: dict[int, tuple[str, ...]]


_COLUMNS: Final = {
    What.PEOPLE: (
        *("username", "name", "roles", "building", "room", "units", "duty", "skills"),
        *("stage", "busy", "phone", "reachable", "password"),
    ),
    What.PLACES: ("id", "type", "name", "name_en", "capacity"),
    What.UNITS: ("id", "type", "name", "parent"),
}
_CHOICES: Final[dict[str, type[StrEnum]]] = {"stage": PersonStage}
_TYPES: Final[dict[What, type[StrEnum]]] = {What.PLACES: PlaceType, What.UNITS: UnitType}
_EXAMPLES: Final = {
    (What.PEOPLE, Language.ZH): (
        (
            *("示例 20260001", "张三", "学生；服务成员", "一栋", "101", "第一党支部", "", "数学；电脑"),
            *("共青团员", "1 08:00-09:40; 3 14:00-15:40", "13800000000", "是", "请改成八位以上的密码"),
        ),
        ("示例 20260002", "李四", "学生", "一栋", "102", "", "", "", "群众", "", "清空", "否", ""),
    ),
    (What.PEOPLE, Language.EN): (
        (
            *("Example: 20260001", "Zhang San", "student; helper", "Building 1", "101", "branch-1", ""),
            *("maths; computer", "league", "1 08:00-09:40; 3 14:00-15:40", "13800000000", "yes", "eight or more"),
        ),
        ("Example: 20260002", "Li Si", "student", "Building 1", "102", "", "", "", "none", "", "(clear)", "no", ""),
    ),
    (What.PLACES, Language.ZH): (
        ("示例 east", "校区", "东校区", "East campus", ""),
        ("示例 east.b1", "楼栋", "一栋", "Building 1", ""),
        ("示例 east.b1.f1", "楼层", "一层", "Floor 1", ""),
        ("示例 east.b1.f1.r101", "房间", "101", "101", "4"),
    ),
    (What.PLACES, Language.EN): (
        ("Example: east", "campus", "东校区", "East campus", ""),
        ("Example: east.b1", "building", "一栋", "Building 1", ""),
        ("Example: east.b1.f1", "floor", "一层", "Floor 1", ""),
        ("Example: east.b1.f1.r101", "room", "101", "101", "4"),
    ),
    (What.UNITS, Language.ZH): (
        ("示例 branch-1", "党支部", "第一党支部", ""),
        ("示例 group-1", "党小组", "第一党小组", "第一党支部"),
    ),
    (What.UNITS, Language.EN): (
        ("Example: branch-1", "branch", "First branch", ""),
        ("Example: group-1", "group", "First group", "First branch"),
    ),
}
_TITLES: Final = {Language.ZH: "填写说明", Language.EN: "How to fill in"}
_RULES: Final = {
    Language.ZH: (
        "空单元格保留原来的内容；要清空已有内容，请填“清空”。",
        "第一列以“示例”开头的行是示例，导入前请删除。每一行、每一列、每张工作表都会读；读不准的单元格会逐一指出，不会猜。",
        "学号、编号和电话请存成文本，以免丢掉开头的 0。一格填多项时用分号隔开。",
    ),
    Language.EN: (
        "An empty cell keeps what is known. To clear it, write (clear).",
        "Rows whose first cell begins with “Example:” are examples; delete them.",
        "Every row, column and sheet is read; what cannot be read for certain is told, never guessed.",
        "Keep numbers of people, ids and telephones as text, so that no leading zero is lost. Separate several by ;",
    ),
}
_HEADS: Final = {
    Language.ZH: ("列", "必填", "可以填什么", "可清空"),
    Language.EN: ("Column", "Required", "What may stand there", "May be cleared"),
}
_YES: Final = {Language.ZH: "是", Language.EN: "yes"}
_MEANINGS: Final = {
    Language.ZH: {
        "username": "学号、工号或账号：小写字母、数字和 . _ -",
        "name": "姓名，至少有一个字",
        "building": "楼栋的名称或编号；与“房间”一起确定住处，也可以只填“房间”",
        "room": "房间号、完整名称（如“东校区 一栋 101”）或编号（如 east.b1.f1.r101）；有多处同名时请写完整",
        "units": "组织的名称或编号",
        "duty": "服务台、后勤、辅导员、书记负责的校区、楼栋或楼层，名称或编号，或“全部校区”；不填则为其所在的楼栋",
        "busy": "星期几（1 到 7）和起止时间",
        "phone": "数字、空格和 + ( ) -",
        "password": "八位以上；只给还没有账号的人，已有的密码不变",
        "id": "小写字母、数字和 -；场所按上下级用 . 连接：校区.楼栋.楼层.房间",
        "name_en": "英文名，不填时用名称",
        "capacity": "床位数或座位数",
        "parent": "上级组织的名称或编号",
        "place_name": "名称",
    },
    Language.EN: {
        "username": "student number, staff number or account: small letters, digits and . _ -",
        "name": "the name, with a letter at least",
        "building": "name or id of the building; with the room it tells where they live. The room alone may do",
        "room": "number of the room, whole name (East campus Building 1 101) or id (east.b1.f1.r101)",
        "units": "names or ids of units",
        "duty": "campuses, buildings or floors that staff work for, by name or id, or “all”; else their building",
        "busy": "day of the week (1 to 7) with beginning and end",
        "phone": "digits, blanks and + ( ) -",
        "password": "eight characters or more; only for those without an account, a password that there is stays",
        "id": "small letters, digits and -; those of places are joined by dots: campus.building.floor.room",
        "name_en": "English name; the name when empty",
        "capacity": "number of beds or seats",
        "parent": "name or id of the unit that it belongs to",
        "place_name": "the name",
    },
}


def template(what: What, language: Language) -> Template:
    """Return the template of a kind of file."""
    columns = _COLUMNS[what]
    headings = tuple(_heading(what, column, language) for column in columns)
    explained = tuple(
        (
            heading,
            _YES[language] if column in REQUIRED[what] else "",
            _meaning(what, column, language),
            _YES[language] if column in CLEARABLE else "",
        )
        for heading, column in zip(headings, columns, strict=True)
    )
    rules = tuple((rule,) for rule in _RULES[language])
    choices = {at: _words(kind, language) for at, one in enumerate(columns) if (kind := _kind(what, one)) is not None}
    if "reachable" in columns:
        choices[columns.index("reachable")] = ("是", "否") if language is Language.ZH else ("yes", "no")
    explanation = (*rules, _HEADS[language], *explained)
    return Template(_TITLES[language], headings, _EXAMPLES[what, language], explanation, choices)


def explained(what: What) -> frozenset[tuple[str, ...]]:
    """Return the rows that explain the templates of a kind: they say nothing about anybody and may be left out."""
    return frozenset(
        tuple(cell for cell in row if cell) for language in Language for row in template(what, language).explanation
    )


def _heading(what: What, column: str, language: Language) -> str:
    if language is Language.EN:
        return column
    return HEADINGS[what][column][0]


def _kind(what: What, column: str) -> type[StrEnum] | None:
    return _TYPES[what] if column == "type" else _CHOICES.get(column)


def _words(kind: type[StrEnum], language: Language) -> tuple[str, ...]:
    return tuple(words[0] if language is Language.ZH else str(code) for code, words in VALUES[kind].items())


def _meaning(what: What, column: str, language: Language) -> str:
    between = "、" if language is Language.ZH else ", "
    kind = Role if column == "roles" else _kind(what, column)
    if kind is not None:
        return between.join(_words(kind, language))
    if column == "skills":
        return between.join(_skills(language))
    if column == "reachable":
        return "是、否" if language is Language.ZH else "yes, no"
    if column == "name" and what is not What.PEOPLE:
        return _MEANINGS[language]["place_name"]
    return _MEANINGS[language][column]


def _skills(language: Language) -> Sequence[str]:
    return [WORDS[skill][0] if language is Language.ZH else skill.value for skill in Skill]
