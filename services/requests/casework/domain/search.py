"""The keys by which a request is found, and those that a question asks for.

Keys are made when a request is written, and a look-up meets them by equality (see `shared.finding`). Each begins with
a mark: whether the request has ended, so that a growing history costs the queue nothing, and what kind of key it is.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from services.requests.casework.domain.number import as_written, number_of
from services.requests.casework.domain.permissions import FILES_FOR_OTHERS, OUTSIDE_VIEWERS, reach, reads_sealed
from services.requests.casework.domain.request import Caller, Request
from shared.contracts.places import ancestors
from shared.contracts.scope import Scope
from shared.contracts.stages import ENDED, Stage, Visibility
from shared.finding import compact, cuts, fold, pieces

MOST_KEYS: Final = 320
"""The most keys of one request; the last words of a long title are left out first."""
MOST_WORDS: Final = 6
"""The most words of a question that count."""

_OPEN, _OVER = "o", "e"
_NUMBER, _ID, _TITLE, _STEP, _WITHIN, _PERSON, _NAME, _ACCOUNT = "#", "i", "t", "s", "w", "p", "n", "a"
_UNIT, _VISIBILITY = "u", "v"
_NUMBER_LEAST: Final = 3
"""The fewest characters of the second half of a number that are a key."""


def keys_of(request: Request) -> list[str]:
    """Return the keys of a request: its number and id, where and whose it is, and its title."""
    mark = _OVER if request.stage in ENDED else _OPEN
    return [mark + key for key in dict.fromkeys(_keys(request))][:MOST_KEYS]


def asked_for(
    q: str | None, caller: Caller, stages: Sequence[Stage], *, places: Sequence[Collection[str]], people: Sequence[str]
) -> list[list[str]]:
    """Return the keys that are asked for: a request is meant that has one of each group.

    Each word is a group. `places` are for each word the places of that name, and whose request is one of these `people`
    is meant whatever the words are. Persons are looked for only by those who see everybody's name. What holds no letter
    or digit, and is asked of nobody, finds nothing.
    """
    marks = marks_of(stages)
    persons = [_PERSON + each for each in people]
    if q is None:
        return [[mark + key for mark in marks for key in persons]] if persons else []
    whole = [*_whole(q, knows_people=knows_people(caller)), *persons]
    groups = [
        [*alike, *(_WITHIN + place for place in named), *whole]
        for word, named in zip(words_of(q), places, strict=True)
        for alike in _alike(word, knows_people=knows_people(caller))
    ]
    return [[mark + key for mark in marks for key in dict.fromkeys(group)] for group in groups or [persons]]


def knows_people(caller: Caller) -> bool:
    """Tell whether somebody may look for requests by person: who sees the requester of everything that they find.

    That is who acts for the desk wherever they see anything, and who sees only what is sealed, as its reader.
    """
    handled = caller.scope(FILES_FOR_OTHERS)
    seen = [caller.scope(OUTSIDE_VIEWERS), *reach(caller)]
    may = not FILES_FOR_OTHERS.isdisjoint(caller.roles) or reads_sealed(caller)
    return may and all(scope in {handled, Scope()} for scope in seen)


def keys_of_scope(scope: Scope, marks: Sequence[str]) -> list[str]:
    """Return the keys of what lies in a scope that is not everywhere: by its place, or its requester's units."""
    held = [*(_WITHIN + place for place in scope.places), *(_UNIT + unit for unit in sorted(scope.units))]
    return [mark + key for mark in marks for key in held]


def keys_of_visibility(visibility: Visibility, marks: Sequence[str]) -> list[str]:
    """Return the keys of requests of this visibility."""
    return [mark + _VISIBILITY + visibility.value for mark in marks]


def marks_of(stages: Sequence[Stage], *, ended_too: bool = False) -> list[str]:
    """Return the marks of the keys of requests in these stages; without any, of those that have not ended."""
    if ended_too and not stages:
        return [_OPEN, _OVER]
    ended = {stage in ENDED for stage in stages or (Stage.SUBMITTED,)}
    return [mark for mark, is_end in ((_OPEN, False), (_OVER, True)) if is_end in ended]


def words_of(q: str) -> list[str]:
    """Return the words of a question that count, each once."""
    return list(dict.fromkeys(fold(q).split()))[:MOST_WORDS]


def _keys(request: Request) -> Iterator[str]:
    head, tail = fold(number_of(request.id, request.filed_at)).split()
    yield _ID + request.id
    yield from (_NUMBER + (head + tail)[:size] for size in range(len(head), len(head + tail) + 1))
    yield from (_NUMBER + tail[:size] for size in range(_NUMBER_LEAST, len(tail) + 1))
    yield _PERSON + request.requester_id
    yield _VISIBILITY + request.visibility
    yield from (_WITHIN + place for place in ancestors(request.place))
    yield from (_UNIT + unit for unit in request.units or ())
    steps = request.place.split(".")
    for step in steps:
        yield from (_STEP + each for each in (compact(step), *fold(step).split()))
    if digits := "".join(each for each in steps[-1] if each.isdigit()):
        yield _STEP + digits
    if request.requester_account:
        yield _ACCOUNT + compact(request.requester_account)
        yield from (_NAME + piece for piece in pieces(request.requester_account))
    if request.requester_name:
        yield from (_NAME + piece for piece in pieces(request.requester_name))
    yield from (_TITLE + piece for piece in pieces(request.title))


def _whole(q: str, *, knows_people: bool) -> Iterator[str]:
    """Yield the keys that are asked for by all of the question."""
    yield _ID + q.strip().lower()
    yield _NUMBER + as_written(compact(q))
    if knows_people:
        yield _PERSON + q.strip()
        yield _ACCOUNT + compact(q)


def _alike(word: str, *, knows_people: bool) -> Iterator[list[str]]:
    """Yield for each cut of a word the keys that fit it."""
    for cut in cuts(word):
        named = [_NAME + cut] if knows_people else []
        yield [_TITLE + cut, _STEP + word, _NUMBER + as_written(word), *named]
