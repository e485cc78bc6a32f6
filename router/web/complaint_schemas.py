"""Shapes of requests and answers about complaints, as OpenAPI shows them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from router.categories import KEYS
from router.web.schemas import TEXT, ClassificationAnswer, Request

MAX_INTEGER = 2**31 - 1
MAX_CURSOR = 2**63 - 1
Statuses = Literal["registered", "answered", "accepted"]


def _plain(value: str) -> str:
    """Refuse what no database of ours can keep."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    return value


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 2.0 is a whole one (JSON Schema, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


NO_NUL: JsonDict = {"pattern": r"^[^\u0000]+$"}
Version = Annotated[int, Field(ge=1, le=MAX_INTEGER), BeforeValidator(_whole)]
Rating = Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)]
Plain = Annotated[str, Field(min_length=1, json_schema_extra=NO_NUL), AfterValidator(_plain)]
Channel = Annotated[Plain, Field(max_length=64)]
Reference = Annotated[Plain, Field(max_length=255)]
Comment = Annotated[Plain, Field(max_length=2_000)]


class RegisterRequest(Request):
    text: Any = Field(json_schema_extra=TEXT, description="The complaint, 1 to 20,000 characters after trimming.")
    channel: Channel | None = Field(None, description="Where it came in: `form`, `email`, `chat` …")
    client_ref: Reference | None = Field(None, description="The client, by the intake system's own name for them.")


class Step(Request):
    """A step that may be bound to the version of the complaint that its sender has seen."""

    expected_version: Version | None = Field(
        None, description="The `version` seen; 409 if it is another by now. Or send `If-Match`."
    )


class CategoryRequest(Step):
    category: str = Field(json_schema_extra={"enum": list(KEYS)})  # of the model that serves, see `router.web.openapi`


class TextRequest(Step):
    text: Any = Field(json_schema_extra=TEXT, description="1 to 20,000 characters after trimming.")


class AcceptanceRequest(Step):
    pass


class RatingRequest(Step):
    rating: Rating
    comment: Comment | None = None


class IdPath(BaseModel):
    id: str


class StepHeaders(BaseModel):
    if_match: str = Field(
        "*",
        alias="If-Match",
        json_schema_extra={"pattern": r'^(\*|(W/)?"?[0-9]{1,9}"?)$'},
        description="The `ETag` (the version) that the step is meant for; 409 if it is another.",
    )


class PageQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    queue: Channel | SkipJsonSchema[None] = None
    status: Statuses | SkipJsonSchema[None] = None
    cursor: int = Field(0, ge=0, le=MAX_CURSOR, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=500)


class ChangesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=MAX_CURSOR, description="The `next` of the last answer; 0 at first.")
    limit: int = Field(100, ge=1, le=1_000)


class ComplaintAnswer(BaseModel):
    id: str
    number: str
    status: Statuses
    category: str | None
    queue: str
    priority: str
    registered_at: str
    respond_by: str
    respond_within_hours: int
    answered_at: str | None
    overdue: bool
    rating: int | None
    channel: str | None
    client_ref: str | None
    text: str | None
    decision_id: str
    version: int


class RegisteredAnswer(ComplaintAnswer):
    classification: ClassificationAnswer


class MessageAnswer(BaseModel):
    at: str
    side: Literal["company", "client"] = Field(alias="from")
    by: str | None
    text: str | None


class ChangeAnswer(BaseModel):
    cursor: str
    complaint_id: str
    number: str
    at: str
    kind: Literal[
        "registered",
        "confirmed",
        "recategorised",
        "undone",
        "audited",
        "answered",
        "clarification",
        "accepted",
        "rated",
        "forgotten",
    ]
    by: str | None
    version: int
    status: Statuses
    category: str | None
    queue: str
    previous_category: str | None
    previous_queue: str | None
    rating: int | None


class WholeComplaintAnswer(RegisteredAnswer):
    comment: str | None
    messages: list[MessageAnswer]
    history: list[ChangeAnswer]


class PageAnswer(BaseModel):
    complaints: list[ComplaintAnswer]
    next: str | None


class ChangesAnswer(BaseModel):
    changes: list[ChangeAnswer]
    next: str


class QueueAnswer(BaseModel):
    queue: str
    open: int
    overdue: int
    oldest: str | None
    next_respond_by: str | None


class QueuesAnswer(BaseModel):
    queues: list[QueueAnswer]


class DecisionAnswer(BaseModel):
    id: str
    complaint_id: str
    at: str
    model: str
    decision: str
    reason: str | None
    category: str | None
    queue: str
    probabilities: dict[str, float]
    none: float
    thresholds: dict[str, Any]
    classification: ClassificationAnswer
    text: str | None
