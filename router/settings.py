"""All settings of the service in one frozen object; the only reader of the environment (`COMPLAINT_ROUTER_…`)."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


def shipped_models() -> Path:
    """Where the models lie: beside the package in a checkout, inside it once installed."""
    inside = Path(__file__).parent / "models"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "models"


class Settings(BaseSettings):
    """Settings with their defaults; each can be given in the environment, as `COMPLAINT_ROUTER_MODELS` and so on."""

    model_config = SettingsConfigDict(env_prefix="COMPLAINT_ROUTER_", frozen=True, extra="ignore")

    models: Path = shipped_models()
    database_url: str = "sqlite:///complaints.sqlite"
