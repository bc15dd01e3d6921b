"""Problems (RFC 9457): every no has a stable code; nothing that a caller sends makes a 500."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.http.methods import methods_of
from shared.refusal import Refusal
from shared.store.document import Conflict
from shared.store.mongo import StoreError

log = structlog.get_logger(__name__)

MEDIA: Final = "application/problem+json"

COMMON: Final[Mapping[str, int]] = {
    "http.body_invalid": 422,
    "http.body_garbled": 400,
    "http.body_too_large": 413,
    "http.content_type": 415,
    "http.cursor_malformed": 400,
    "http.idempotency_key_missing": 400,
    "http.idempotency_key_malformed": 400,
    "http.idempotency_key_reused": 409,
    "http.if_match_malformed": 400,
    "http.headers_too_large": 431,
    "http.internal": 500,
    "http.method_not_allowed": 405,
    "http.not_found": 404,
    "http.parameter_invalid": 422,
    "http.stale_version": 412,
    "http.streams_full": 503,
    "http.too_many_calls": 429,
    "http.too_many_streams": 429,
    "http.uri_too_long": 414,
    "http.conflict": 409,
    "http.unavailable": 503,
    "auth.cross_site": 403,
    "auth.forbidden": 403,
    "auth.keys_unavailable": 503,
    "auth.not_yours": 403,
    "auth.session_ended": 401,
    "auth.signed_out": 401,
    "auth.token_expired": 401,
    "auth.token_invalid": 401,
    "parked.discarded": 409,
    "parked.no_door": 409,
    "parked.not_found": 404,
}
"""Codes that any service may answer, with their HTTP status."""


class FieldProblem(BaseModel):
    """One field that does not fit: where, and why; `params` fill the wording that the pages keep for the code."""

    path: str
    code: str
    message: str
    params: dict[str, str | int | float | bool | None] = {}


class Problem(BaseModel):
    """A problem document (RFC 9457). `code` is stable; `params` fill the wording that the pages keep for it."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    params: dict[str, str | int | float | bool | None] = {}
    errors: list[FieldProblem] = []


def describe(
    instance: str,
    code: str,
    status: int,
    *,
    params: Mapping[str, Any] | None = None,
    errors: list[FieldProblem] | None = None,
) -> Problem:
    """Return the problem document for this code at this path."""
    told = dict(params or {})
    detail = code.replace(".", ": ").replace("_", " ")
    if told:
        detail += f" ({', '.join(f'{name}={value}' for name, value in told.items())})"
    return Problem(
        type=f"urn:yizhan:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        instance=instance,
        params=told,
        errors=errors or [],
    )


def problem(
    request: Request,
    code: str,
    status: int,
    *,
    params: Mapping[str, Any] | None = None,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the answer for this code."""
    body = describe(request.url.path, code, status, params=params, errors=errors)
    return JSONResponse(body.model_dump(mode="json"), status_code=status, media_type=MEDIA, headers=dict(headers or {}))


def install(app: FastAPI, refusals: Mapping[str, int]) -> None:
    """Turn refusals, bad input and faults into problems; `refusals` maps the service's own codes to HTTP status."""
    statuses = {**COMMON, **refusals}

    async def refused(request: Request, error: Exception) -> JSONResponse:
        refusal = cast("Refusal", error)
        status = statuses.get(refusal.code, 409)
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
        if "retry_after" in refusal.params:
            headers["Retry-After"] = str(refusal.params["retry_after"])
        if "limit" in refusal.params and status == HTTPStatus.TOO_MANY_REQUESTS:
            headers |= _limits(refusal.params)
        return problem(request, refusal.code, status, params=refusal.params, errors=_at_field(refusal), headers=headers)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(Conflict, _raced)
    app.add_exception_handler(Exception, _failed)


def _limits(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the customary headers of a limited rate."""
    reset = str(params["retry_after"])
    return {"RateLimit-Limit": str(params["limit"]), "RateLimit-Remaining": "0", "RateLimit-Reset": reset}


def _at_field(refusal: Refusal) -> list[FieldProblem]:
    """Return where a rule's no belongs in the form, in the words of an input that does not fit."""
    if refusal.field is None:
        return []
    told = refusal.code.replace(".", ": ").replace("_", " ")
    return [FieldProblem(path=f"body.{refusal.field}", code=refusal.code, message=told, params=dict(refusal.params))]


async def answer_to(app: FastAPI, request: Request, error: Exception) -> tuple[Response, Exception | None]:
    """Return the answer that `install` has for this error, and the error itself when it is a fault of ours."""
    for kind in type(error).__mro__:
        handle = app.exception_handlers.get(kind)
        if handle is not None:
            answer = await cast("Callable[[Request, Exception], Awaitable[Response]]", handle)(request, error)
            return answer, error if kind is Exception else None
    raise error


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    faults = cast("RequestValidationError", error).errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem(request, "http.body_garbled", 400)
    code = "http.body_invalid" if any(f["loc"][0] == "body" for f in faults) else "http.parameter_invalid"
    return problem(request, code, 422, errors=[_field(fault) for fault in faults])


def _field(fault: Mapping[str, Any]) -> FieldProblem:
    """Return one fault of the input with the numbers and words that its wording needs."""
    told = cast("Mapping[str, Any]", fault.get("ctx") or {})
    return FieldProblem(
        path=".".join(str(part) for part in fault["loc"]),
        code=str(fault["type"]),
        message=str(fault["msg"]),
        params={name: value for name, value in told.items() if isinstance(value, str | int | float)},
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    status = cast("HTTPException", error).status_code
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem(
            request,
            "http.method_not_allowed",
            status,
            headers={"Allow": ", ".join(methods_of(request.app, request.scope))},
        )
    if status == HTTPStatus.NOT_FOUND:
        return problem(request, "http.not_found", status)
    return problem(request, "http.body_garbled", status)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.warning("http.unavailable", path=request.url.path, error=f"{type(error).__name__}: {error}")
    return problem(request, "http.unavailable", 503, headers={"Retry-After": "2"})


async def _raced(request: Request, error: Exception) -> JSONResponse:
    log.warning("http.conflict", path=request.url.path, error=str(error))
    return problem(request, "http.conflict", 409, headers={"Retry-After": "1"})


async def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("http.failed", path=request.url.path, exc_info=error)
    return problem(request, "http.internal", 500)
