"""All settings of the service in one frozen object; the only reader of the environment (`COMPLAINT_ROUTER_…`)."""

from pathlib import Path
from secrets import token_urlsafe

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def shipped_models() -> Path:
    """Where the models lie: beside the package in a checkout, inside it once installed."""
    inside = Path(__file__).parent / "models"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "models"


METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus-client knows where several workers share their figures."""


class Settings(BaseSettings):
    """Settings with their defaults; each can be given in the environment, as `COMPLAINT_ROUTER_MODELS` and so on."""

    model_config = SettingsConfigDict(env_prefix="COMPLAINT_ROUTER_", frozen=True, extra="ignore")

    models: Path = shipped_models()
    database_url: str = "sqlite:///complaints.sqlite"
    policy: Path | None = None  # see router.policy
    session_secret: SecretStr | None = None  # signs the desk's cookies; made anew at each start where none is given
    audit_share: float = Field(default=0.02, ge=0, le=1)  # of what is placed by itself; shown to an agent blind
    max_requests: int = Field(default=16, ge=1, le=256)  # that a worker answers at once; see router.web.gate
    patience: float = Field(default=0.5, ge=0, le=60)  # seconds that one more waits before it is refused with 503
    timezone: str = "Europe/Moscow"  # of the times that agents read
    metrics_folder: Path | None = Field(
        default=None, validation_alias=METRICS_FOLDER
    )  # set by router.server for its workers

    def with_secret(self) -> "Settings":
        """The same with a secret of its own where none was given: for the workers of one service to share."""
        if self.session_secret:
            return self
        return self.model_copy(update={"session_secret": SecretStr(token_urlsafe(32))})
