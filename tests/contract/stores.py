"""The stores that one set of scenarios is held to: the simulated one, and MongoDB under both drivers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Final

from shared.ids import new_id
from shared.store.mongo import Database
from tests.simulation.store import SimulatedMongo
from tests.simulation.wire import PEACE, Wire

STORES: Final = ("simulated", "motor", "pymongo")


@asynccontextmanager
async def opened(store: str, mongodb_uri: str) -> AsyncIterator[Database]:
    """Open an empty database in one of the stores, and drop it afterwards."""
    name = f"t_{new_id()}"
    if store == "simulated":
        server = SimulatedMongo(asyncio.get_running_loop(), Wire(Random(1), PEACE))
        database = Database(server.client("any"), name)
    else:
        database = Database.at(mongodb_uri, name, driver=store)
    yield database
    await database.drop()
    await database.close()
