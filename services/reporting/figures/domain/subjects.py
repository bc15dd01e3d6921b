"""All subjects of figures, in the order in which their figures are listed."""

from typing import Any, Final

from services.reporting.activities.domain import ACTIVITIES
from services.reporting.people.domain import PEOPLE
from services.reporting.requests.domain.subject import REQUESTS
from services.reporting.rooms.domain import ROOMS
from services.reporting.subjects.domain.subject import Subject

SUBJECTS: Final[tuple[Subject[Any], ...]] = (REQUESTS, ROOMS, PEOPLE, ACTIVITIES)
