"""Every operation of the schema has one method in the client and one route in the emulator."""

from __future__ import annotations

from collections import Counter

import pytest
import spec
from declarations import FOR_OTHER_CLIENTS, OWN_SWITCHES, declarations, endpoint_of, routes
from operations import EXAMPLES

_BEYOND = {
    endpoint_of(declaration.claim) for declaration in declarations() if " " in declaration.claim
}


@pytest.mark.parametrize("operation", spec.operations())
def test_an_operation_has_one_method_in_the_client(operation: str) -> None:
    methods = [each.method for each in declarations() if each.claim == operation]
    plain = [each.method for each in declarations() if each.claim == operation and not each.variant]
    assert len(plain) == 1, methods


@pytest.mark.parametrize("operation", spec.operations().values(), ids=lambda each: each.id)
def test_an_operation_has_one_route_in_the_emulator(operation: spec.Operation) -> None:
    assert [route.endpoint for route in routes()].count(operation.endpoint) == 1


@pytest.mark.parametrize("operation", spec.operations())
def test_an_operation_has_an_example(operation: str) -> None:
    assert operation in {example.operation for example in EXAMPLES}


def test_every_named_operation_is_in_the_schema() -> None:
    claimed = {each.claim for each in declarations() if " " not in each.claim}
    assert claimed - spec.operations().keys() == set()


def test_every_named_endpoint_is_outside_of_the_schema() -> None:
    known = {operation.endpoint for operation in spec.operations().values()}
    assert known & _BEYOND == set()


def test_an_endpoint_outside_of_the_schema_has_one_method_and_one_route() -> None:
    known = {operation.endpoint for operation in spec.operations().values()}
    served = Counter(route.endpoint for route in routes() if OWN_SWITCHES not in route.endpoint)
    beyond = {endpoint: times for endpoint, times in served.items() if endpoint not in known}
    methods = Counter(endpoint_of(each.claim) for each in declarations() if not each.variant)
    called = {endpoint: times for endpoint, times in methods.items() if endpoint not in known}
    foreign = {endpoint: beyond.pop(endpoint) for endpoint in FOR_OTHER_CLIENTS}
    assert foreign == dict.fromkeys(FOR_OTHER_CLIENTS, 1)
    assert beyond == called == dict.fromkeys(_BEYOND, 1)


def test_an_endpoint_outside_of_the_schema_has_an_example() -> None:
    shown = {endpoint_of(example.operation) for example in EXAMPLES}
    assert _BEYOND - shown == set()


def test_an_example_uses_a_method_of_its_operation() -> None:
    claimed = {(endpoint_of(each.claim), each.method) for each in declarations()}
    shown = {(endpoint_of(example.operation), example.method) for example in EXAMPLES}
    assert shown - claimed == set()
