"""The OpenAPI document and the pages that show it."""

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute

__all__ = ["docs_router"]


def docs_router(title: str, route_class: type[APIRoute]) -> APIRouter:
    """`/openapi.json`, `/docs` and `/redoc`.

    Args:
        route_class: decides who may see them.
    """
    router = APIRouter(include_in_schema=False, route_class=route_class)

    @router.get("/openapi.json")
    def document(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    @router.get("/docs")
    def swagger() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="/openapi.json", title=title)

    @router.get("/redoc")
    def redoc() -> HTMLResponse:
        return get_redoc_html(openapi_url="/openapi.json", title=title)

    return router
