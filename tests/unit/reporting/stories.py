"""Events for tests of reporting: the whole life of requests, people, places and activities."""

from datetime import UTC, datetime, timedelta

from shared.contracts import activities as a
from shared.contracts import members as m
from shared.contracts.event import Event, Fact
from shared.contracts.requests import leg as legs
from shared.contracts.requests import request as r
from shared.contracts.stages import Channel, Kind, LegKind, LegState, Outcome, Stage, Visibility

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Story:
    """Tells facts of aggregates; each fact raises its aggregate's version by one."""

    def __init__(self) -> None:
        self.events: list[Event[Fact]] = []
        self._versions: dict[str, int] = {}

    def tell(self, subject: str, fact: Fact, when: datetime = NOW) -> Event[Fact]:
        version = self._versions.get(subject, 0) + 1
        self._versions[subject] = version
        service = fact.SUBJECT.split(".")[1]
        event = Event(
            id=f"{subject}-{version}",
            source=f"/yizhan/{service}",
            subject=subject,
            time=when,
            version=version,
            cause="cause",
            correlation=subject,
            actor="someone",
            data=fact,
        )
        self.events.append(event)
        return event

    def place(self, place: str, kind: m.PlaceType, name: str) -> None:
        self.tell(place, m.PlaceAdded(place_id=place, type=kind, name=name, capacity=4))

    def person(self, person: str, place: str | None = None, *, reachable: bool = True, changed: bool = False) -> None:
        fact = m.PersonChanged if changed else m.PersonRegistered
        self.tell(
            person,
            fact(
                person_id=person,
                roles=(m.Role.STUDENT,),
                place=place,
                unit_ids=(),
                party_member=False,
                reachable=reachable,
            ),
        )

    def area(self, area: str, owner: str, *places: str) -> None:
        self.tell(area, m.DutyAreaAssigned(area_id=area, owner_id=owner, unit_id=None, places=places))

    def filed(
        self,
        request: str,
        place: str = "east.b1.f1.r1",
        when: float = 0,
        *,
        visibility: Visibility = Visibility.PUBLIC,
        kind: Kind = Kind.REPAIR,
    ) -> None:
        self.tell(
            request,
            r.RequestFiled(
                request_id=request,
                stage=Stage.SUBMITTED,
                kind=kind,
                category="water",
                channel=Channel.PHONE,
                visibility=visibility,
                urgent=False,
                requester_id="student",
                filed_by_id="student",
                place=place,
                filed_at=at(when),
            ),
            at(when),
        )

    def triaged(self, request: str, when: float = 1, *, due: float = 3600) -> None:
        self.tell(
            request,
            r.RequestTriaged(
                request_id=request,
                stage=Stage.MATCHING,
                kind=Kind.WISH,
                category="lamp",
                urgent=True,
                visibility=Visibility.PUBLIC,
                rule="rule",
                leg_ids=(f"{request}leg",),
                resolve_due_at=at(due),
                triaged_at=at(when),
            ),
            at(when),
        )

    def leg(self, request: str, kind: type[legs.LegFact], stage: Stage, state: LegState, **more: object) -> None:
        fact = kind.model_validate(
            {"request_id": request, "stage": stage, "leg_id": f"{request}leg", "state": state, **more}
        )
        self.tell(request, fact, at(60))

    def accepted(self, request: str, helper: str = "helper", when: float = 60) -> None:
        taken = {"helper_id": helper, "accepted_at": at(when)}
        self.leg(request, legs.LegAccepted, Stage.ASSIGNED, LegState.ACCEPTED, **taken)
        fact = r.RequestContacted(request_id=request, stage=Stage.ASSIGNED, contacted_at=at(when))
        self.tell(request, fact, at(when))

    def resolved(self, request: str, helper: str = "helper", when: float = 600) -> None:
        done = {"helper_id": helper, "done_at": at(when)}
        self.leg(request, legs.LegDone, Stage.IN_PROGRESS, LegState.DONE, **done)
        fact = r.RequestResolved(
            request_id=request, stage=Stage.RESOLVED, resolved_at=at(when), confirm_due_at=at(when + 600)
        )
        self.tell(request, fact, at(when))

    def rated(self, request: str, stars: int | None, stage: Stage = Stage.RESOLVED, *, solved: bool = True) -> None:
        fact = r.RequestRated(request_id=request, stage=stage, solved=solved, stars=stars, revision=1, rated_at=at(700))
        self.tell(request, fact, at(700))

    def closed(self, request: str, outcome: Outcome = Outcome.CONFIRMED, when: float = 800) -> None:
        stage = Stage.CLOSED_CONFIRMED if outcome is Outcome.CONFIRMED else Stage.CLOSED_UNCONFIRMED
        fact = r.RequestClosed(
            request_id=request,
            stage=stage,
            outcome=outcome,
            closing=1,
            category="lamp",
            kind=Kind.WISH,
            visibility=Visibility.PUBLIC,
            requester_id="student",
            legs=(r.ServedLeg(leg_id=f"{request}leg", kind=LegKind.HELPER, helper_id="helper"),),
            closed_at=at(when),
        )
        self.tell(request, fact, at(when))

    def reopened(self, request: str, when: float = 900) -> None:
        fact = r.RequestReopened(request_id=request, stage=Stage.TRIAGED, closing=1, reopened_at=at(when))
        self.tell(request, fact, at(when))

    def cancelled(self, request: str, *, by_requester: bool = True) -> None:
        fact = r.RequestCancelled(
            request_id=request, stage=Stage.CANCELLED, by_requester=by_requester, cancelled_at=at(30)
        )
        self.tell(request, fact, at(30))

    def served(self, request: str, place: str = "east.b1.f1.r1", stars: int | None = 5) -> None:
        """Tell a request from filing to a confirmed end."""
        self.filed(request, place)
        self.triaged(request)
        self.accepted(request)
        self.resolved(request)
        self.rated(request, stars)
        self.closed(request)

    def activity(self, activity: str, stage: a.ActivityStage = a.ActivityStage.PUBLISHED, starts: float = 3600) -> None:
        self.tell(
            activity,
            a.ActivityPlanned(
                activity_id=activity,
                stage=a.ActivityStage.PLANNED,
                category="study",
                organiser_id="organiser",
                unit_id=None,
                place="east.b1",
                capacity=2,
                points=3,
                starts_at=at(starts),
                ends_at=at(starts + 60),
            ),
        )
        if stage is not a.ActivityStage.PLANNED:
            self.tell(activity, a.ActivityPublished(activity_id=activity, stage=stage, published_at=NOW))

    def seats(self, activity: str, *people: str) -> None:
        """Let the first two have a seat, the others wait, the last give up and the first attend."""
        stage = a.ActivityStage.PUBLISHED
        for person in people[:2]:
            self.tell(activity, a.SeatTaken(activity_id=activity, stage=stage, person_id=person, promoted=False))
        for person in people[2:]:
            self.tell(activity, a.SeatAwaited(activity_id=activity, stage=stage, person_id=person))
        self.tell(activity, a.SeatReleased(activity_id=activity, stage=stage, person_id=people[-1]))
        self.tell(
            activity,
            a.AttendanceVerified(
                activity_id=activity, stage=stage, person_id=people[0], points=3, attended_at=at(4000)
            ),
        )


def community() -> Story:
    """A small community in which something of everything happened."""
    story = Story()
    story.place("east", m.PlaceType.CAMPUS, "东校区")
    story.place("east.b1", m.PlaceType.BUILDING, "东一舍")
    story.place("east.b1.f1", m.PlaceType.FLOOR, "一层")
    story.person("student", "east.b1.f1.r1")
    story.person("helper", "east.b1.f1.r2")
    story.person("owner", "east.b2.f1.r1")
    story.person("gone", "east.b2.f2.r1")
    story.tell("gone", m.PersonDeparted(person_id="gone"))
    story.tell("unit", m.UnitFormed(unit_id="unit", type="branch", name="支部", parent_id=None))
    story.area("area", "owner", "east.b1.f1.r1", "east.b2")
    story.area("old", "helper", "east.b1")
    story.tell("old", m.DutyAreaReleased(area_id="old"))
    story.served("one")
    story.served("two", "east.b2.f1.r1", stars=None)
    story.reopened("two")
    story.filed("three", visibility=Visibility.SEALED, kind=Kind.COUNSEL)
    story.filed("four", "east.b2")
    story.cancelled("four")
    story.filed("five", "east")
    story.triaged("five", due=10)
    story.served("six", "east.b2.f1.r1", stars=3)
    story.activity("plan")
    story.seats("plan", "student", "helper", "owner")
    return story
