"""What the benchmarks share: where a result was measured, and the line that keeps it."""
import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path

import torch

RESULTS = Path(__file__).resolve().parent/'results'


def machine() -> dict:
    "The processor, its threads, and how busy other work keeps it just now."
    info = Path('/proc/cpuinfo')
    names = [line.split(':')[1].strip() for line in info.read_text().splitlines() if line.startswith('model name')] if info.exists() else []
    return dict(cpu=names[0] if names else platform.processor(), cores=os.cpu_count(), threads=torch.get_num_threads(), load=round(os.getloadavg()[0], 2))


def append(name: str, versions: dict, start: dict, **result):
    "Add one line to `results/NAME.jsonl`. `start` is `machine()` from before the measurement."
    RESULTS.mkdir(exist_ok=True)
    line = dict(date=datetime.now(timezone.utc).isoformat(timespec='seconds'), versions=dict(python=platform.python_version(), torch=torch.__version__) | versions,
                machine=start | dict(load_at_end=machine()['load']), **result)
    with open(RESULTS/f'{name}.jsonl', 'a', encoding='utf-8') as f: f.write(json.dumps(line) + '\n')
    print(f'added to {RESULTS.name}/{name}.jsonl')
