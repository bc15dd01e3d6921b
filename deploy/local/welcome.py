"""What a person reads when the stack is ready: the address, who may sign in, and what to look at."""

from pathlib import Path

from deploy.demo.campus import PASSWORD
from deploy.local.state import State

ACCOUNTS = (
    ("student1", "student 学生", "/m", "file a request, follow it, confirm and rate it"),
    (
        "helper1",
        "helper 志愿者",
        "/m/legs",
        "accept legs or claim a wish on the wall (/m/wall), start and finish them; earn points",
    ),
    ("desk1", "desk 前台", "/desk/queue", "the queue, a request's page, filing for somebody"),
    ("secretary1", "secretary 社区书记", "/desk/activities", "plan and publish activities"),
    ("counsellor1", "counsellor 辅导员", "/desk/queue", "the requests and people of a building"),
    ("logistics1", "logistics 后勤", "/desk/queue", "the legs that went to the repair system"),
    ("leader1", "leader 领导", "/screen", "the live screen, made for 1920x1080"),
    ("admin1", "admin 管理员", "/desk/imports", "people, places, imports, operations"),
)


def welcome(state: State, logs: Path) -> str:
    """Return the words for a ready stack."""
    origin = state.origin
    lines = ["", f"Yizhan 驿站 is ready: {origin}", "", f"Demo accounts (password for all: {PASSWORD}):"]
    lines += [f"  {name:<12} {origin + page:<40} {role}: {look}" for name, role, page, look in ACCOUNTS]
    lines += [
        "",
        "Look at:",
        f"  {origin}/screen  as leader1: it moves while real requests are replayed",
        f"  {origin}/m       as student1, in a narrow window: file one, then accept it as helper1",
        f"  http://127.0.0.1:{state.ports['repairs']}  the demo repair system, where power and water repairs go",
        "",
        "make status · make down · make demo · make reset      logs: " + str(logs),
    ]
    return "\n".join(lines)
