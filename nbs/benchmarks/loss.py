"""One forward and backward pass of `warp_loss` beside the published `warp_loss` 0.0.1.

    pip install --no-deps --target DIR warp_loss==0.0.1
    python nbs/benchmarks/loss.py --published DIR

The two packages have one name, so the published one is loaded from its folder by path. Scores are float32 on the CPU. At each size there are two kinds:
`lead` 0, as from an untrained model, where three of four candidates violate, and `lead` 3, as from a trained one, where few do. Losses and gradients of the
two must be equal before anything is timed. Then they take turns. A turn is as many passes as fit 20 ms, at least two, of which the first is not timed: it finds
the caches as the other has left them. The median over turns counts. One thread is timed by the processor time of the process, the same on an idle machine
and less disturbed by other work on a busy one; several are timed by the wall clock.

Memory is the most that is allocated at one time during a pass beyond its inputs, the gradients included. It is summed from the allocations and releases
that PyTorch's CPU allocator reports to the profiler, in order: the same for both, whatever operations they are made of, and repeatable to the byte.
"""
import argparse
import importlib.util
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

os.environ.setdefault('KINETO_LOG_LEVEL', '99') # the profiler announces each start on stderr

import torch
from record import append, machine
from torch.profiler import ProfilerActivity, profile
from torch.testing import assert_close

import warp_loss as ours

BATCHES, TRIALS, LEADS = (256, 4096, 65536), (10, 100, 500), (0, 3)
N_LABELS = 100_000 # more than the trials: where they are more than the labels, the published loss is NaN


def load_published(folder: str|None):
    "The published package's loss, as a function of scores."
    path = Path(folder or '.')/'warp_loss'/'losses.py'
    about = path.with_name('__init__.py')
    version = re.search(r'__version__ = "(.*)"', about.read_text()) if folder and about.exists() else None
    if version is None or version[1] != '0.0.1':
        sys.exit('The published package is needed: `pip install --no-deps --target DIR warp_loss==0.0.1`, then `--published DIR`.')
    spec = importlib.util.spec_from_file_location('published_losses', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda pos, neg: module.warp_loss(pos, neg, N_LABELS, pos.device)


def one_pass(loss, pos, neg):
    pos.grad = neg.grad = None
    value = loss(pos, neg)
    value.backward()
    return value.detach()


def peak_memory(loss, pos, neg) -> int:
    "Most bytes allocated at one time by a pass, from a running sum over the allocator's reports."
    pos.grad = neg.grad = None
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as prof: one_pass(loss, pos, neg)
    with tempfile.TemporaryDirectory() as folder:
        prof.export_chrome_trace(f'{folder}/trace.json')
        events = json.loads(Path(folder, 'trace.json').read_text())['traceEvents']
    now = most = 0
    for event in sorted((e for e in events if e['name'] == '[memory]'), key=lambda e: e['ts']):
        now += event['args']['Bytes']
        most = max(most, now)
    return most


def turn(loss, pos, neg, passes: int) -> float:
    "Seconds a pass."
    clock = process_time if torch.get_num_threads() == 1 else perf_counter
    one_pass(loss, pos, neg)
    began = clock()
    for _ in range(passes): one_pass(loss, pos, neg)
    return (clock() - began) / passes


def seconds(losses, pos, neg, budget: float) -> list[float]:
    "Median over turns of each loss's pass. They take turns until the budget is spent, but at least five."
    passes = [max(1, int(.02 / turn(loss, pos, neg, 1))) for loss in losses]
    turns, start = [], perf_counter()
    while len(turns) < 5 or perf_counter() - start < budget: turns.append([turn(loss, pos, neg, n) for loss, n in zip(losses, passes)])
    return [median(times) for times in zip(*turns)]


def compare(losses, batch: int, trials: int, lead: int, budget: float) -> dict:
    torch.manual_seed(0)
    pos, neg = (torch.randn(batch, 1) + lead).requires_grad_(), torch.randn(batch, trials).requires_grad_()
    results = [(one_pass(loss, pos, neg), pos.grad, neg.grad) for loss in losses]
    assert_close(*results)
    del results
    ms = [1e3 * s for s in seconds(losses, pos, neg, budget)]
    memory = [peak_memory(loss, pos, neg) for loss in losses]
    return dict(batch=batch, trials=trials, lead=lead, equal=True, ms=ms[0], published_ms=ms[1], times_faster=ms[1] / ms[0],
                bytes=memory[0], published_bytes=memory[1], times_smaller=memory[1] / memory[0])


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--published', metavar='DIR', help='folder that holds the published package')
    parser.add_argument('--threads', type=int, help="threads, otherwise PyTorch's choice")
    parser.add_argument('--budget', type=float, default=5., help='seconds for each size')
    args = parser.parse_args()
    if args.threads: torch.set_num_threads(args.threads)
    start = machine()
    losses = lambda pos, neg: ours.warp_loss(pos, neg, N_LABELS), load_published(args.published)
    print(start, f'\n{"batch":>6} {"trials":>6} {"lead":>4} {"ms":>9} {"published":>9} {"faster":>7} {"MB":>9} {"published":>9} {"smaller":>7}')
    rows = []
    for batch, trials, lead in ((b, t, lead) for b in BATCHES for t in TRIALS for lead in LEADS):
        rows.append(r := compare(losses, batch, trials, lead, args.budget))
        print(f'{batch:6} {trials:6} {lead:4} {r["ms"]:9.3f} {r["published_ms"]:9.3f} {r["times_faster"]:7.1f} {r["bytes"] / 1e6:9.3f}'
              f' {r["published_bytes"] / 1e6:9.3f} {r["times_smaller"]:7.1f}', flush=True)
    append('loss', dict(warp_loss=ours.__version__, published='0.0.1'), start, rows=rows)
