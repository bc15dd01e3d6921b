"""People as figures count them: the residents, and whether they take part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.reporting.rows.domain import Row
from services.reporting.subjects.domain.figure import Figure, Summary, Unit
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.subject import Source, Subject, Subjects
from services.reporting.subjects.domain.sums import Derived, Sums
from shared.contracts.cells import Aggregate
from shared.contracts.members import Role

TOOK_PART: Final = "took_part"
"""The group of sums of who took part in something: by person, one for each thing."""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person of the community; `present` is False after departure."""

    id: str
    roles: frozenset[Role]
    place: str | None
    reachable: bool
    present: bool


@dataclass(frozen=True, slots=True)
class Resident:
    """A present person, and whether that person attended an activity or served a leg of a request that was resolved."""

    id: str
    place: str | None
    took_part: bool


def person_of(row: Row) -> PersonRecord | None:
    """Return the person that the row tells of, or None while nothing but a departure is known."""
    told = row.values("person")
    if not told:
        return None
    roles = frozenset(Role(role) for role in told["roles"])
    present = row.version("departed") < row.version("person")
    return PersonRecord(told["person_id"], roles, told["place"], told["reachable"], present)


def _residents(sums: Sums) -> Mapping[str, Resident]:
    return {
        key: Resident(key, person.place, sums.count(TOOK_PART, key) > 0)
        for key, person in sums.records(PersonRecord).items()
        if person.present
    }


RESIDENTS: Final = Derived(_residents, (PersonRecord,), (TOOK_PART,))
"""Every present person and whether they took part in the community's life."""

FIGURES: Final[tuple[Figure[Resident], ...]] = (
    Figure(
        FigureId.PARTICIPATION,
        "参与率",
        "Participation",
        "参加过活动或服务过已办结诉求的人数(去重) ÷ 在册人数",
        "distinct people who attended an activity or served a resolved request ÷ people",
        Unit.SHARE,
        Summary.SHARE,
        over=lambda _: True,
        counted=lambda person: person.took_part,
    ),
)

PEOPLE: Final = Subject(
    Subjects.PERSON,
    records=lambda sums: sums.derived(RESIDENTS),
    sources=(Source(Aggregate.PERSON, PersonRecord, person_of),),
    figures=FIGURES,
    place=lambda resident: resident.place,
    place_shown=lambda resident: resident.place,
)
