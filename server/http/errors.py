"""OpenAI-shaped errors: `{"error": {"message", "type", "param", "code"}}`, and the status of each."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from server.errors import (
    BusyError,
    FailureError,
    ForbiddenError,
    InvalidRequestError,
    RefusalError,
    StoppingError,
    UnknownModelError,
    VersionUnusableError,
    WrongKeyError,
)
from server.http.validation import problem
from server.http.wire import Reply, json_response

__all__ = ["ApiError", "ErrorBody", "install_error_handlers"]

_STATUS: dict[type[RefusalError], int] = {
    InvalidRequestError: 400,
    WrongKeyError: 401,
    ForbiddenError: 403,
    UnknownModelError: 404,
    VersionUnusableError: 409,
    BusyError: 429,
    FailureError: 500,
    StoppingError: 503,
}
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ErrorDetail(Reply):
    """What went wrong, and with which field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(Reply):
    """OpenAI's shape of an error."""

    error: ErrorDetail


class ApiError(Exception):
    """A request that cannot be served, with the status and the field at fault."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.retry_after = retry_after  # seconds

    @classmethod
    def of(cls, refusal: RefusalError) -> "ApiError":
        """The same error with its status."""
        status = next(_STATUS[kind] for kind in type(refusal).__mro__ if kind in _STATUS)
        return cls(status, refusal.message, param=refusal.param, code=refusal.code, retry_after=refusal.retry_seconds)

    @property
    def body(self) -> ErrorBody:
        """What the client gets."""
        kind = _TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return ErrorBody(error=ErrorDetail(message=self.message, type=kind, param=self.param, code=self.code))

    def response(self) -> Response:
        """The same with its status and headers."""
        response = json_response(self.body, self.status)
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


async def _validation(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    wrong = problem(exc.errors()[0])
    return ApiError(400, wrong.message, param=wrong.param, code=wrong.code).response()


async def _api_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ApiError)
    return exc.response()


async def _refusal(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RefusalError)
    return ApiError.of(exc).response()


async def _http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    answer = ApiError(exc.status_code, str(exc.detail)).response()
    answer.headers.update(exc.headers or {})
    return answer


def install_error_handlers(app: FastAPI) -> None:
    """Shape every error of the app as OpenAI's clients expect it."""
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RefusalError, _refusal)
    app.add_exception_handler(HTTPException, _http)
