"""How the repair system remembers: work orders and the webhooks that it still owes, in one SQLite file."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, external_id TEXT UNIQUE, service_code TEXT NOT NULL,
  description TEXT NOT NULL, address TEXT NOT NULL, callback TEXT NOT NULL, status TEXT NOT NULL, notes TEXT NOT NULL,
  requested_at REAL NOT NULL, updated_at REAL NOT NULL, visit_at REAL NOT NULL, done_at REAL NOT NULL,
  asked INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS orders_open ON orders (status, done_at);
CREATE TABLE IF NOT EXISTS webhooks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, order_id TEXT NOT NULL, url TEXT NOT NULL,
  body TEXT NOT NULL, attempts INTEGER NOT NULL, next_at REAL NOT NULL, delivered_at REAL);
CREATE INDEX IF NOT EXISTS webhooks_owed ON webhooks (delivered_at, next_at);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
WAITING, VISITING, DONE, WITHDRAWN = "已受理, 等待派工", "维修人员已上门", "维修完成", "报修方已撤回"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a sender asks for; `external_id` is the sender's own number, by which a repetition is known."""

    external_id: str | None
    service_code: str
    description: str
    address: str
    callback: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """A message that is owed to a sender."""

    id: str
    url: str
    body: str
    attempts: int


def _asked(order: NewOrder) -> tuple[str | None, ...]:
    return order.external_id, order.service_code, order.description, order.address, order.callback


def rfc3339(moment: float) -> str:
    """Return the Unix time in RFC 3339, UTC, whole seconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Store:
    """Work orders and owed webhooks; every method is one durable transaction."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it when it is not there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def take(self, order: NewOrder, now: float, visit_at: float, done_at: float) -> str:
        """Take an order and return its number; an `external_id` that is known already gets the number it has."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if order.external_id is not None:
                known = self._db.execute("SELECT id FROM orders WHERE external_id=?", (order.external_id,)).fetchone()
                if known is not None:
                    self._db.execute("UPDATE orders SET asked=asked+1 WHERE id=?", (known["id"],))
                    return str(known["id"])
            cursor = self._db.execute(
                "INSERT INTO orders (external_id,service_code,description,address,callback,status,notes,requested_at,"
                "updated_at,visit_at,done_at,asked) VALUES (?,?,?,?,?,'open',?,?,?,?,?,1)",
                (*_asked(order), WAITING, now, now, visit_at, done_at),
            )
            order_id = f"HQ{cursor.lastrowid:07d}"
            self._db.execute("UPDATE orders SET id=? WHERE number=?", (order_id, cursor.lastrowid))
        return order_id

    def find(self, **wanted: str) -> list[dict[str, Any]]:
        """Return the newest thousand orders whose columns (`id`, `status`, `service_code`) have the wanted values."""
        columns = [name for name in ("id", "status", "service_code") if name in wanted]
        where = " AND ".join(f"{name}=?" for name in columns) or "1"
        rows = self._db.execute(
            f"SELECT * FROM orders WHERE {where} ORDER BY number DESC LIMIT 1000",  # noqa: S608 - our own column names
            [wanted[name] for name in columns],
        )
        return [dict(row) for row in rows]

    def withdraw(self, order_id: str | None, external_id: str | None, now: float) -> bool:
        """Close an order that its sender no longer wants, once; False: there is no such order."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._db.execute(
                "SELECT * FROM orders WHERE id=? OR external_id=?", (order_id, external_id)
            ).fetchone()
            if row is None:
                return False
            if row["status"] == "open":
                self._db.execute(
                    "UPDATE orders SET status='closed', notes=?, updated_at=? WHERE id=?", (WITHDRAWN, now, row["id"])
                )
                if row["callback"]:
                    self._owe(row, "closed", WITHDRAWN, now)
        return True

    def progress(self, now: float) -> int:
        """Move every order whose time has come, and owe its sender a message; return how many moved."""
        moved = 0
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            due = "SELECT * FROM orders WHERE status='open' AND (done_at<=? OR (visit_at<=? AND notes=?)) LIMIT 200"
            for row in self._db.execute(due, (now, now, WAITING)).fetchall():
                status, notes = ("closed", DONE) if row["done_at"] <= now else ("open", VISITING)
                self._db.execute(
                    "UPDATE orders SET status=?, notes=?, updated_at=? WHERE id=?", (status, notes, now, row["id"])
                )
                if row["callback"]:
                    self._owe(row, status, notes, now)
                moved += 1
        return moved

    def _owe(self, row: sqlite3.Row, status: str, notes: str, now: float) -> None:
        data = {
            "service_request_id": row["id"],
            "external_id": row["external_id"],
            "status": status,
            "status_notes": notes,
        }
        body = {"type": "service_request.updated", "timestamp": rfc3339(now), "data": data}
        webhook_id = f"msg_{row['id']}_{status}"
        self._db.execute(
            "INSERT INTO webhooks (id,order_id,url,body,attempts,next_at) VALUES (?,?,?,?,0,?) ON CONFLICT DO NOTHING",
            (webhook_id, row["id"], row["callback"], json.dumps(body, ensure_ascii=False), now),
        )

    def owed(self, now: float, limit: int) -> list[Webhook]:
        """Return messages to send now: for each order only its oldest, so that they arrive in order."""
        rows = self._db.execute(
            "SELECT * FROM webhooks w WHERE delivered_at IS NULL AND next_at<=? AND NOT EXISTS"
            " (SELECT 1 FROM webhooks e WHERE e.order_id=w.order_id AND e.number<w.number AND e.delivered_at IS NULL)"
            " ORDER BY number LIMIT ?",
            (now, limit),
        )
        return [Webhook(row["id"], row["url"], row["body"], row["attempts"]) for row in rows]

    def delivered(self, webhook_id: str, now: float) -> None:
        """Note that the message was taken."""
        self._db.execute("UPDATE webhooks SET delivered_at=?, attempts=attempts+1 WHERE id=?", (now, webhook_id))

    def postpone(self, webhook_id: str, next_at: float) -> None:
        """Note that the message was not taken, and when to try again."""
        self._db.execute("UPDATE webhooks SET next_at=?, attempts=attempts+1 WHERE id=?", (next_at, webhook_id))

    def is_down(self) -> bool:
        """Tell whether somebody took the system down."""
        row = self._db.execute("SELECT value FROM switches WHERE name='down'").fetchone()
        return row is not None and row["value"] == "1"

    def take_down(self, *, down: bool) -> None:
        """Take the system down, or up again; a restart does not change it."""
        self._db.execute("INSERT OR REPLACE INTO switches VALUES ('down', ?)", ("1" if down else "0",))

    def counts(self) -> dict[str, int]:
        """Return how much there is: orders by status, repeated orders, messages owed and delivered."""
        row = self._db.execute(
            "SELECT count(*) AS orders, coalesce(sum(status='open'),0) AS open,"
            " coalesce(sum(status='closed'),0) AS closed, coalesce(sum(asked-1),0) AS repeated FROM orders"
        ).fetchone()
        owed = self._db.execute(
            "SELECT coalesce(sum(delivered_at IS NULL),0) AS owed,"
            " coalesce(sum(delivered_at IS NOT NULL),0) AS delivered FROM webhooks"
        ).fetchone()
        return {**dict(row), **dict(owed)}
