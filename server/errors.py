"""Why a request is not served. Says nothing of HTTP: `server.http.errors` knows the status of each.

RefusalError
├── InvalidRequestError      asks for what this server cannot do
│   └── ContextLengthError   is longer than the model's context
├── UnknownModelError        names a model or a version that is not served here
├── WrongKeyError            has no key that the server knows
├── ForbiddenError           has a key that does not open this
├── VersionUnusableError     needs an adapter version that cannot be loaded
├── BusyError                finds no place; comes back later
├── StoppingError            comes while the server is about to stop
└── FailureError             the server or its engine failed on it
"""

__all__ = [
    "BusyError",
    "ContextLengthError",
    "FailureError",
    "ForbiddenError",
    "InvalidRequestError",
    "RefusalError",
    "StoppingError",
    "UnknownModelError",
    "VersionUnusableError",
    "WrongKeyError",
]

RETRY_SECONDS = 2


class RefusalError(Exception):
    """A request that is not served.

    Attributes:
        message: for the client; says what is wrong and what to do.
        param: the field at fault, by the client's name for it.
        code: short name of what is wrong, for programs.
        retry_seconds: after which the same request may be served; None where it will not.
    """

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.retry_seconds: int | None = None


class InvalidRequestError(RefusalError):
    """The request asks for what this server cannot do."""


class ContextLengthError(InvalidRequestError):
    """The request does not fit the model's context. Clients look for the beginning of the message and the code.

    Args:
        context_length: of the model, in tokens.
        why: what does not fit.
    """

    def __init__(self, context_length: int, why: str, *, param: str) -> None:
        message = f"This model's maximum context length is {context_length} tokens. {why}"
        super().__init__(message, param=param, code="context_length_exceeded")


class UnknownModelError(RefusalError):
    """The request names a model or a version that is not served here."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="model", code="model_not_found")


class WrongKeyError(RefusalError):
    """The request has no key that the server knows."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="authorization", code="invalid_api_key")


class ForbiddenError(RefusalError):
    """The request has a key that does not open what it asks for."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message, param="authorization", code=code)


class VersionUnusableError(RefusalError):
    """The adapter version that the request names cannot be loaded."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="model", code="adapter_unavailable")


class _RetryError(RefusalError):
    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message, code=code)
        self.retry_seconds = RETRY_SECONDS


class BusyError(_RetryError):
    """The server has no place for the request now."""


class StoppingError(_RetryError):
    """The server is about to stop."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="draining")


class FailureError(RefusalError):
    """The server or its engine failed on the request."""
