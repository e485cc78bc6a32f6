"""Files are replaced in one step, and what is no file is not replaced at all."""

import os
import subprocess
from pathlib import Path

from training.writing import write_whole


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_whole(pipe, b"all of it")
        assert reader.communicate()[0] == b"all of it"
    assert pipe.is_fifo()


def test_the_file_that_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"link", "target"}
