"""Logs are JSON lines with ids, and hold nothing of a complaint."""

import json
import logging
import logging.config

import structlog

from router import TextError
from router.logs import configure, described, server_config

SECRET = "мой текст"


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_a_line_is_one_json_object_with_the_bound_id(capsys) -> None:
    configure()
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("done", queue="payments", detail="строка\nдва")
        structlog.get_logger().debug("unseen")
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found.pop("at").endswith("Z")
    expected = {"event": "done", "level": "info", "request_id": "r1", "queue": "payments", "detail": "строка\nдва"}
    assert found == expected


def test_an_error_of_ours_is_described_by_its_message() -> None:
    assert described(TextError("text is empty", "text_empty")) == {"code": "text_empty", "detail": "text is empty"}


def test_a_bug_is_described_by_its_places_never_by_what_it_says() -> None:
    found = described(raised(KeyError(SECRET), raised(ValueError(SECRET))))
    assert found["error"] == "KeyError"
    assert [place for place in found["traceback"] if " raised" not in place] == ["KeyError", "ValueError"]
    assert any("test_logs.py:" in place for place in found["traceback"])
    assert SECRET not in json.dumps(found, ensure_ascii=False)


def test_lines_of_the_server_have_the_same_shape(capsys) -> None:
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False} | server_config())
    log = logging.getLogger("_granian")
    log.info("Started worker-%d", 1)
    log.error("failed", exc_info=raised(ValueError(SECRET)))
    started, failed = map(json.loads, capsys.readouterr().err.splitlines())
    assert (started["event"], started["level"]) == ("Started worker-1", "info")
    assert (failed["event"], failed["error"]) == ("failed", "ValueError")
    assert SECRET not in json.dumps(failed, ensure_ascii=False)
