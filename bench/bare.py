"""The yardstick: the least that FastAPI and Motor need to write one document durably (w:majority, journal).

No sign-in, no idempotency key, no facts, no broker. `python -m bench.bare`; reads MONGODB_URI, YIZHAN_PORT, and
BENCH_TEMPLATE: a file with one document in MongoDB's extended JSON, whose like is inserted at every call.
"""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from bson import json_util
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, Field
from pymongo import WriteConcern


class Filing(BaseModel):
    """The same form that `requests` takes."""

    category: str
    title: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=2000)] = ""
    place: str | None = None
    urgent: bool = False


class Filed(BaseModel):
    """A short answer; that of `requests` is longer."""

    id: str
    version: int
    stage: str
    filed_at: datetime


def build(uri: str, template: dict[str, Any]) -> FastAPI:
    """Return the application."""
    app = FastAPI()
    client: Any = AsyncIOMotorClient(uri)
    collection = client.bench_bare.get_collection("requests", write_concern=WriteConcern(w="majority", j=True))

    @app.post("/requests", status_code=201)
    async def post_request(filing: Filing) -> Filed:
        now = datetime.now(UTC)
        state = {**template["state"], "title": filing.title, "text": filing.text, "filed_at": now}
        document = {**template, "_id": uuid.uuid4().hex[:26], "state": state}
        await collection.insert_one(document)
        return Filed(id=document["_id"], version=template["version"], stage=state["stage"], filed_at=now)

    return app


if __name__ == "__main__":
    wanted: dict[str, Any] = json_util.loads(Path(os.environ["BENCH_TEMPLATE"]).read_text("utf-8"))
    uvicorn.run(
        build(os.environ["MONGODB_URI"], wanted),
        host="127.0.0.1",
        port=int(os.environ["YIZHAN_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
