"""What machine a run was measured on: figures say nothing without it."""

import os
import platform
from pathlib import Path
from typing import Any

from router.compiled import speedups

CPU_INFO = Path("/proc/cpuinfo")


def describe() -> dict[str, Any]:
    """The processor's model and cores, the system, Python, and whether the compiled part is there."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "compiled": speedups is not None,
    }
