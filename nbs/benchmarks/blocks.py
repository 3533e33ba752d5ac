"""Data larger than memory: `python nbs/benchmarks/blocks.py`

A Parquet file of so many interactions is written piece by piece: 30 a user on average, some users far busier than others, items by Zipf's law, rows in no order.
`write_blocks` makes it a folder, and an epoch of batches is read from that. Each happens in a process of its own whose address space is capped, as `ulimit -v` does
it, and says how much memory it had at its peak. What a process has once PyTorch and the rest are imported is given beside it. Every user must come once.
"""
import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
import pyarrow as pa
import torch
import torchdata
from pyarrow import parquet
from record import append, machine

import warp_loss
from warp_loss.blocks import Blocks, write_blocks

PIECE, EACH = 1_000_000, 30 # rows at a time, and of a user


def peak(what: str = 'VmHWM') -> int:
    "The most memory that this process has had, in MB; `VmPeak` for its address space."
    return next(int(line.split()[1]) // 1024 for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(what))


def make(path: Path, n: int, n_items: int):
    "A file of n interactions, a piece at a time."
    g, n_users = np.random.default_rng(0), n // EACH
    with parquet.ParquetWriter(path, pa.schema(dict(user=pa.int64(), item=pa.int64()))) as file:
        for start in range(0, n, PIECE):
            rows = min(PIECE, n - start)
            user = (n_users * g.random(rows)**1.3).astype(np.int64) * 7 + 1 # ids are no codes
            file.write_table(pa.table(dict(user=user, item=(n_items**g.random(rows)).astype(np.int64) * 3)))


def write(path: Path, memory: str) -> dict:
    before, began = peak(), perf_counter()
    blocks = write_blocks(path, path.with_suffix('.blocks'), memory=memory)
    s = perf_counter() - began
    size = sum(file.stat().st_size for file in blocks.folder.iterdir())
    return dict(s=s, peak=peak(), before=before, space=peak('VmPeak'), n=len(blocks), n_users=blocks.n_users, n_items=blocks.n_items, mb=size / 1e6,
                skipped=blocks.skipped)


def epoch(path: Path, batch_users: int, workers: int) -> dict:
    before, began = peak(), perf_counter()
    blocks = Blocks(path.with_suffix('.blocks'))
    n = total = 0
    for batch in blocks.batches(batch_users, seed=0, workers=workers):
        n += len(batch.item)
        total += int(batch.user.sum())
    s = perf_counter() - began
    assert n == len(blocks) and total == blocks.n_users * (blocks.n_users - 1) // 2
    return dict(batch_users=batch_users, workers=workers, s=s, rows_s=n / s, peak=peak(), before=before, space=peak('VmPeak'),
                worker=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)


def apart(cap: float, *args) -> dict:
    "Do something in a process of its own, which may have `cap` GB of address space."
    def limit(): resource.setrlimit(resource.RLIMIT_AS, (int(cap * 2**30),) * 2)
    done = subprocess.run([sys.executable, __file__, *map(str, args)], preexec_fn=limit, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sizes', type=float, nargs='+', default=[10, 100], help='millions of interactions')
    parser.add_argument('--items', type=int, default=500_000)
    parser.add_argument('--memory', default='256MB', help='what DuckDB may use')
    parser.add_argument('--cap', type=float, default=4, help='GB of address space a process may have')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--folder', type=Path, help='where a temporary folder is made')
    parser.add_argument('--task', nargs='+', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task: # in a process of its own
        name, path, *others = args.task
        torch.set_num_threads(args.threads)
        print(json.dumps(write(Path(path), *others) if name == 'write' else epoch(Path(path), *map(int, others))))
        sys.exit()
    torch.set_num_threads(args.threads)
    versions = dict(warp_loss=warp_loss.__version__, pyarrow=pa.__version__, duckdb=duckdb.__version__, torchdata=getattr(torchdata, '__version__', '?'))
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for millions in args.sizes:
            start, path = machine(), Path(folder)/f'{millions:g}.parquet'
            make(path, int(millions * 1e6), args.items)
            mb = path.stat().st_size / 1e6
            task = ['--threads', args.threads, '--task']
            wrote = apart(args.cap, *task, 'write', path, args.memory)
            path.unlink()
            print(f"{millions:g} million, {mb:.0f} MB: a folder of {wrote['n_users']:,} users and {wrote['n_items']:,} items, {wrote['mb']:.0f} MB, "
                  f"in {wrote['s']:.0f} s, {millions / wrote['s']:.2f} million rows/s; peak {wrote['peak']} MB, of which {wrote['before']} before", flush=True)
            epochs = [apart(args.cap, *task, 'epoch', path, batch_users, workers) for batch_users in (256, 1024) for workers in (0, 1)]
            for e in epochs:
                print(f"    batches of {e['batch_users']} users, {e['workers']} workers: {e['rows_s'] / 1e6:.2f} million rows/s; "
                      f"peak {e['peak']} MB, of which {e['before']} before" + (f", and {e['worker']} MB of the worker" if e['workers'] else ''), flush=True)
            append('blocks', versions, start, n=int(millions * 1e6), items=args.items, mb=mb, memory=args.memory, cap=args.cap, write=wrote, epochs=epochs)
