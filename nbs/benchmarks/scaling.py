"""Does a positive cost the same whether there are ten thousand items or ten million? `python nbs/benchmarks/scaling.py`

Made-up data: 51,200 users with 20 items each, spread evenly, so that hardly any row of a large table is in a cache when it is needed. Batches of 256
users, a pool of 4096, 64 columns, sparse gradients. Each size has a process of its own, whose peak memory
counts; sizes take turns, and the median of each counts. Ten million items need 9 GB.

`--huge-pages` asks PyTorch's allocator for pages of 2 MB (`THP_MEM_ALLOC_ENABLE=1`), with which the processor finds a row of a large table sooner.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import torch
from record import append, machine

import warp_loss
from warp_loss import Interactions, LazyAdam, MatrixFactorization, train_epoch

SIZES = 10_000, 100_000, 1_000_000, 10_000_000
N_USERS, PER, DIM, BATCH, POOL = 51_200, 20, 64, 256, 4096


def peak() -> int: return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def now() -> int: return int(Path('/proc/self/statm').read_text().split()[1]) * resource.getpagesize()


def one(n_items: int) -> dict:
    "Microseconds for a positive, and bytes: the peak, and how many of them are tables and optimiser state."
    g = torch.Generator().manual_seed(0)
    train = Interactions.from_codes(torch.arange(N_USERS).repeat_interleave(PER), torch.randint(n_items, (N_USERS * PER,), generator=g), N_USERS, n_items)
    before = now()
    model = MatrixFactorization(N_USERS, n_items, DIM, sparse=True, generator=g)
    optimizer = LazyAdam(model.parameters(), lr=.004)
    train_epoch(model, train.pick(train.user < 64), optimizer, margin=2., pool=64, generator=g)
    for state in optimizer.state.values(): state['rows'].add_(0) # so that every page is there before the clock runs
    for _ in range(2): stats = train_epoch(model, train, optimizer, margin=2., batch_users=BATCH, pool=POOL, generator=g)
    parts = {key: 1e6 * stats[key] / len(train) for key in ('sampling', 'search', 'update')}
    held = sum(p.numel() * p.element_size() for p in model.parameters()) + sum(s['rows'].numel() * 4 for s in optimizer.state.values())
    return dict(cost=sum(parts.values()), **parts, peak=peak() - before, held=held)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--huge-pages', action='store_true')
    parser.add_argument('--one', type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.one:
        print(json.dumps(one(args.one)))
        sys.exit()
    start, found = machine(), {n: [] for n in SIZES}
    for _ in range(args.rounds):
        for n in SIZES:
            command = [sys.executable, __file__, f'--one={n}', f'--threads={args.threads}']
            pages = dict(THP_MEM_ALLOC_ENABLE=str(int(args.huge_pages)))
            done = subprocess.run(command, env=os.environ | pages, capture_output=True, text=True, check=True)
            found[n].append(json.loads(done.stdout))
    rows = [dict(n_items=n, **{key: median(run[key] for run in runs) for key in runs[0]}, costs=[run['cost'] for run in runs]) for n, runs in found.items()]
    for row in rows:
        print(f"{row['n_items']:10,} items: {row['cost']:6.2f} us a positive ({row['cost'] / rows[0]['cost']:.2f} of the smallest): "
              f"sampling {row['sampling']:.2f}, search {row['search']:.2f}, update {row['update']:.2f}; "
              f"peak {row['peak'] / 2**20:6.0f} MB, of which tables and state {row['held'] / 2**20:6.0f}")
    append('scaling', dict(warp_loss=warp_loss.__version__), start, optimizer='LazyAdam', pool=POOL, batch_users=BATCH, dim=DIM,
           huge_pages=args.huge_pages, rows=rows)
