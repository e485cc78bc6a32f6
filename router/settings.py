"""All settings of the service in one frozen object; the only reader of the environment (`COMPLAINT_ROUTER_…`)."""

from pathlib import Path

from pydantic import Field
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
    metrics_folder: Path | None = Field(
        default=None, validation_alias=METRICS_FOLDER
    )  # set by router.server for its workers
