"""Every envelope is a CloudEvent 1.0 for those who know nothing of us."""

from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared.contracts.catalog import FACTS
from shared.contracts.event import Fact, to_rfc3339
from tests.contract import frozen


@pytest.mark.parametrize("fact", FACTS)
def test_the_cloudevents_sdk_reads_every_event(fact: type[Fact]) -> None:
    event = frozen.sample_of(fact)
    read = JSONFormat().read(CloudEvent, event.to_json())
    assert (read.get_id(), read.get_source(), read.get_subject()) == (event.id, event.source, event.subject)
    assert read.get_type() == fact.type_name()
    assert read.get_time() == event.time
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == event.data.model_dump(mode="json")
    extensions: dict[str, Any] = {
        "aggregateversion": event.version,
        "causationid": event.cause,
        "correlationid": event.correlation,
        "actor": event.actor,
    }
    assert {name: read.get_extension(name) for name in extensions} == extensions


@pytest.mark.parametrize("fact", FACTS)
def test_what_the_sdk_writes_again_is_what_we_wrote(fact: type[Fact]) -> None:
    event = frozen.sample_of(fact)
    read = JSONFormat().read(CloudEvent, event.to_json())
    attributes = dict(read.get_attributes())
    attributes["time"] = to_rfc3339(attributes["time"])
    assert {**attributes, "data": read.get_data()} == event.to_dict()


def test_an_event_travels_over_http_in_structured_mode() -> None:
    event = frozen.sample_of(FACTS[0])
    headers = {"content-type": "application/cloudevents+json"}
    read = from_structured_event(HTTPMessage(headers, event.to_json()))
    assert read.get_id() == event.id


def test_the_sdk_would_refuse_an_envelope_without_a_source() -> None:
    body = frozen.sample_of(FACTS[0]).to_dict()
    attributes = {name: value for name, value in body.items() if name not in {"data", "source", "time"}}
    with pytest.raises(CloudEventValidationError):
        CloudEvent(attributes, body["data"])
