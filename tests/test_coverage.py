"""Which frequent words the corpus lacks."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from router import DataError
from training.cli import main
from training.corpus import row
from training.coverage import gaps, read_vocabulary


def rows(*texts: str):
    return [row(f"a:{number}", {"text": text, "label": "service"}) for number, text in enumerate(texts)]


def test_gaps_are_lemmas_and_pairs_in_fewer_than_three_texts_most_frequent_first() -> None:
    vocabulary = {"деньга": 170.0, "оператор": 40.0, "не мочь": 70.0, "виджет": 1.0}
    found = gaps(rows("оператор нахамил", "операторы молчат", "оператору всё равно", "не могу дозвониться"), vocabulary)
    assert [(gap.entry, gap.texts) for gap in found] == [("деньга", 0), ("не мочь", 1), ("виджет", 0)]
    assert found[1].categories == ("service",)


@pytest.mark.parametrize("name", ["lemma", "lemma_bigram"])
def test_both_tables_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "v.tsv").write_text(f'{name}\tper_mille\nне мочь\t71.06\n"\t3\n')
    assert read_vocabulary(tmp_path / "v.tsv") == {"не мочь": 71.06, '"': 3.0}


@pytest.mark.parametrize("content", ["", "word\tcount\nа\t1\n", "lemma\tper_mille\nа\tмного\n"])
def test_another_table_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.tsv").write_text(content)
    with pytest.raises(DataError, match=r"expected a tab-separated table|must be a number"):
        read_vocabulary(tmp_path / "v.tsv")


def test_the_command_lists_and_counts(tmp_path: Path) -> None:
    (tmp_path / "v.tsv").write_text("lemma\tper_mille\nнебывальщина\t1.5\nденьга\t170\n")
    found = CliRunner().invoke(main, ["coverage", "--vocabulary", str(tmp_path / "v.tsv")])
    assert found.exit_code == 0
    assert "    1.50  0  небывальщина\n1 of 2 entries" in found.output
