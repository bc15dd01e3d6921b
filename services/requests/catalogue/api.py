"""The categories that may be asked for."""

from services.requests.catalogue.domain import CATEGORIES, Lane
from shared.auth.permissions import SIGNED_IN
from shared.contracts.stages import Kind, Visibility
from shared.http import Router, View

router = Router(prefix="/api/requests", tags=["categories"], about="What may be asked for.")


class CategoryView(View):
    """One category; `resolve_hours` is the time to resolve, `visibility` the least that a request of it gets."""

    id: str
    kind: Kind
    name_zh: str
    name_en: str
    lane: Lane
    skill: str | None
    resolve_hours: int
    visibility: Visibility
    urgent: bool


class CategoriesView(View):
    """Every category."""

    items: tuple[CategoryView, ...]


@router.get("/categories", allow=SIGNED_IN)
async def get_categories() -> CategoriesView:
    """List the categories."""
    return CategoriesView(items=tuple(CategoryView.of(row, resolve_hours=row.hours) for row in CATEGORIES.values()))
