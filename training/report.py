"""The report that lies beside a model."""

from pathlib import Path
from typing import Any

REPORT = "report.md"


def write_report(path: Path, meta: dict[str, Any]) -> None:
    """Write the figures of a fit as Markdown."""
    oof = meta["out_of_fold"]
    lines = [
        f"# Model {meta['id']}",
        "",
        f"Fitted {meta['fitted_at']} on {meta['corpus']['rows']} synthetic texts of our own (see data/README.md).",
        "",
        "## Complaints whose writer was held out",
        "",
        "| texts | macro-F1 | accuracy | ECE |",
        "| --- | --- | --- | --- |",
        f"| {oof['texts']} | {oof['macro_f1']:.3f} | {oof['accuracy']:.3f} | {oof['ece']:.3f} |",
        "",
        "## Strengths of regularisation tried",
        "",
        "| strength | macro-F1 |",
        "| --- | --- |",
        *(f"| {strength} | {value:.4f} |" for strength, value in meta["tried"].items()),
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
