"""Why requests are refused, and what clients see of it."""

import json
from collections.abc import Iterator

import pytest

from server import errors
from server.errors import RefusalError
from server.generation.admission import QueueFullError
from server.http.errors import ApiError


def kinds(parent: type[RefusalError] = RefusalError) -> Iterator[type[RefusalError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_reason_has_a_status() -> None:
    public = {kind.__name__ for kind in kinds() if not kind.__name__.startswith("_")}
    assert public >= set(errors.__all__) - {"RefusalError"}
    for kind in kinds():
        if not kind.__name__.startswith("_"):
            refusal = kind.__new__(kind)
            RefusalError.__init__(refusal, "m", param="p", code="c")
            assert 400 <= ApiError.of(refusal).status <= 503


@pytest.mark.parametrize(
    ("refusal", "status", "kind", "param", "code", "retry"),
    [
        (
            errors.InvalidRequestError("m", param="n", code="invalid_value"),
            400,
            "invalid_request_error",
            "n",
            "invalid_value",
            None,
        ),
        (errors.WrongKeyError("m"), 401, "authentication_error", "authorization", "invalid_api_key", None),
        (errors.ForbiddenError("m", code="not_admin"), 403, "permission_error", "authorization", "not_admin", None),
        (errors.UnknownModelError("m"), 404, "invalid_request_error", "model", "model_not_found", None),
        (errors.VersionUnusableError("m"), 409, "invalid_request_error", "model", "adapter_unavailable", None),
        (QueueFullError("m"), 429, "rate_limit_error", None, "queue_full", "2"),
        (errors.BusyError("m", code="deadline"), 429, "rate_limit_error", None, "deadline", "2"),
        (errors.FailureError("m", code="engine_error"), 500, "server_error", None, "engine_error", None),
        (errors.StoppingError("m"), 503, "server_error", None, "draining", "2"),
    ],
)
def test_a_refusal_is_told_as_openai_tells_it(
    refusal: RefusalError, status: int, kind: str, param: str | None, code: str, retry: str | None
) -> None:
    response = ApiError.of(refusal).response()
    assert response.status_code == status
    assert response.headers.get("retry-after") == retry
    assert json.loads(bytes(response.body)) == {"error": {"message": "m", "type": kind, "param": param, "code": code}}
