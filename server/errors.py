"""OpenAI-shaped errors: `{"error": {"message", "type", "param", "code"}}`."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

__all__ = ["ApiError", "install_error_handlers"]


class ApiError(Exception):
    """A request that cannot be served, with the status and the field at fault."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


def _body(status: int, message: str, param: str | None, code: str | None) -> JSONResponse:
    kind = "authentication_error" if status == 401 else "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": param, "code": code}}, status_code=status)


def _field(error: dict[str, Any]) -> str:
    # Locations of unions and of the body itself name our classes; a client knows only its own fields.
    parts = [str(p) for p in error["loc"] if p != "body" and not (isinstance(p, str) and p[:1].isupper())]
    return ".".join(parts)


async def _validation(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError)
    first = exc.errors()[0]
    if first["type"] == "json_invalid":
        return _body(400, "the body is not valid JSON", "body", "invalid_json")
    param = _field(first) or "body"
    if first["type"] == "extra_forbidden":
        return _body(400, f"{param} is not supported by this server", param, "unsupported_parameter")
    return _body(400, f"{param}: {first['msg']}", param, "invalid_value")


async def _api_error(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, ApiError)
    return _body(exc.status, exc.message, exc.param, exc.code)


async def _http(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, HTTPException)
    return _body(exc.status_code, str(exc.detail), None, None)


def install_error_handlers(app: FastAPI) -> None:
    """Shape every error of the app as OpenAI's clients expect it."""
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http)
