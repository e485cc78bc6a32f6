"""What both command lines share: errors as one line, and exit codes (0 done, 1 the user's mistake, 2 usage)."""

import os
import sys
from typing import Any

import click

from router.errors import RouterError
from router.settings import Settings

database_url = click.option(
    "--database-url",
    metavar="URL",
    default=lambda: Settings().database_url,
    help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; $COMPLAINT_ROUTER_DATABASE_URL by default.",
)


class ErrorsAsLines(click.Group):
    """A group of commands whose named errors end it with one line on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _close_output()
            raise SystemExit(1) from None
        except RouterError as error:
            raise click.ClickException(str(error)) from None
        except UnicodeEncodeError as error:
            found = f"{error.encoding} lacks {error.object[error.start]!a}"
            raise click.ClickException(f"output: expected UTF-8 (PYTHONIOENCODING=utf-8), {found}") from None
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'output'}: {error.strerror}") from None


def _close_output() -> None:
    """Whoever read our output went away: point it nowhere, so that Python's own flush at exit stays silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
