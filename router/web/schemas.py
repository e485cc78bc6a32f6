"""Shapes of requests and answers, as OpenAPI shows them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

Priority = Literal["normal", "high", "urgent"]
Decisions = Literal["auto", "suggest", "triage"]


TEXT: JsonDict = {
    "type": "string",
    "minLength": 1,
    "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
}
"""A complaint's text as the document shows it; `router.text.require_text` checks it.

It states no `maxLength`: blanks around a text do not count, and that cannot be said in JSON Schema.
"""


class Request(BaseModel):
    """A request's body: an object without unknown fields, with values of exactly the stated types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ClassifyRequest(Request):
    text: Any = Field(
        json_schema_extra=TEXT | {"examples": ["Не могу вывести деньги"]},
        description="The complaint, 1 to 20,000 characters after trimming.",
    )
    explain: bool = Field(False, description="Whether the answer shall hold `evidence`.")


class BatchRequest(Request):
    items: list[Any] = Field(
        max_length=1_000,
        json_schema_extra={
            "items": {"anyOf": [{"type": "object", "properties": {"id": {"type": "string"}, "text": TEXT}}, {}]}
        },
        description="At most 1,000 objects, each with a `text` and an `id` of the sender's choice; what is none gets "
        "an `error` in its place.",
    )


class Suggestion(BaseModel):
    category: str
    confidence: float = Field(ge=0, le=1)


class EvidenceItem(BaseModel):
    start: int
    end: int
    text: str
    vote: float
    side: str = Field(alias="for")


class RiskItem(BaseModel):
    """A phrase that names a risk, at its place in the text as sent (code points); `text` is empty once forgotten."""

    kind: str
    start: int
    end: int
    text: str


class SecondaryPlace(BaseModel):
    """Where a clause stands in the text as sent (code points), and how sure its category is."""

    confidence: float
    start: int
    end: int


class ClassificationAnswer(BaseModel):
    category: str | None
    queue: str
    decision: Decisions
    reason: str | None
    confidence: float
    suggestions: list[Suggestion]
    secondary: str | None
    priority: Priority
    respond_within_hours: int
    risks: list[RiskItem]
    between: list[str] | None = Field(None, description="The two categories of an `ambiguous` decision.")
    language: str = Field(description="ISO 639-1, or `unknown`.")
    read_as: str | None = Field(description="What was undone to read the text: `translit`, `layout` or null.")
    model: str
    secondary_at: SecondaryPlace | None = Field(None, description="The clause of the secondary issue; with `explain`.")
    evidence: list[EvidenceItem] | None = None


class ItemError(BaseModel):
    code: str
    detail: str


class BatchResult(BaseModel):
    """One result: the fields of a classification and the item's id, or the id and an error."""

    model_config = ConfigDict(extra="allow")

    id: Any
    error: ItemError | None = None


class BatchAnswer(BaseModel):
    results: list[BatchResult]


class CategoryAnswer(BaseModel):
    key: str
    title: str
    queue: str
    about: str


class CategoriesAnswer(BaseModel):
    categories: list[CategoryAnswer]


class ModelAnswer(BaseModel):
    id: str
    meta: dict[str, Any]


class Problem(BaseModel):
    """A problem document (RFC 9457) with a stable code."""

    type: str
    title: str
    status: int
    code: str
    detail: str
