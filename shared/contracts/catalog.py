"""Every fact that any service tells, by CloudEvents type."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts import activities, members, requests
from shared.contracts.event import Fact

FACTS: tuple[type[Fact], ...] = (*members.FACTS, *activities.FACTS, *requests.FACTS)

BY_TYPE: Mapping[str, type[Fact]] = MappingProxyType({fact.type_name(): fact for fact in FACTS})
