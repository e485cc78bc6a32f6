"""Routes complaints written in Russian to the team that can act, says how sure it is, and why."""

from router.classifier import Classification, Classifier
from router.errors import ArtefactError, DataError, InputError, RouterError, TextError

__all__ = ["ArtefactError", "Classification", "Classifier", "DataError", "InputError", "RouterError", "TextError"]
__version__ = "0.1.0"
