"""A training step of a hybrid model against one of the plain model: seconds and peak memory: `python nbs/benchmarks/hybrid.py`.

Made-up users, items and features, each drawn at random. Each model and size runs in a process of its own; the times are medians over turns, one model after the other.
"""
import argparse
import json
import resource
import subprocess
import sys
from statistics import median
from time import perf_counter

import torch
from record import append, machine

import warp_loss
from warp_loss import Features, HybridFactorization, Interactions, LazyAdam, MatrixFactorization, train_epoch
from warp_loss.data import IdMap

MODELS = 'plain', '20 features an item', '20 features an item and a user', 'history'


def make(name: str, n_users: int, n_items: int, sparse: bool):
    g = torch.Generator().manual_seed(0)
    user, item = torch.arange(n_users).repeat_interleave(16), torch.randint(n_items, (16 * n_users,), generator=g)
    train = Interactions.from_codes(user, item, n_users, n_items)
    def features(n: int): # of a vocabulary of 5000, a few of which are common
        column = (5000 * torch.rand(n, 20, generator=g)**2).long().sort(1).values
        return Features(torch.arange(0, 20 * n + 1, 20), column.view(-1), torch.full((20 * n,), 20**-.5), IdMap(range(n)), IdMap(range(5000)))
    items = features(n_items) if '20' in name else n_items
    users = features(n_users) if 'a user' in name else n_users
    if name == 'plain': model = MatrixFactorization(n_users, n_items, 64, sparse=sparse, generator=g)
    else: model = HybridFactorization(users, items, 64, history=train if name == 'history' else None, sparse=sparse, generator=g)
    return model, train, g


def measure(name: str, n_users: int, n_items: int, sparse: bool, steps: int) -> dict:
    model, train, g = make(name, n_users, n_items, sparse)
    optimizer = LazyAdam(model.parameters()) if sparse else torch.optim.Adam(model.parameters(), fused=True)
    train = train.pick(train.user < 64 * steps) # an epoch of as many steps
    times = []
    for _ in range(3):
        began = perf_counter()
        train_epoch(model, train, optimizer, batch_users=64, generator=g)
        times.append((perf_counter() - began) / steps)
    return dict(seconds=min(times), peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--one', help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.one:
        print(json.dumps(measure(*json.loads(args.one))))
        sys.exit()
    start, rows = machine(), []
    for n_users, n_items, sparse in ((5_000, 4_000, False), (5_000, 20_000, False), (500_000, 200_000, True)):
        runs = {name: [] for name in MODELS}
        for _ in range(args.turns):
            for name in MODELS:
                out = subprocess.run([sys.executable, __file__, '--one', json.dumps([name, n_users, n_items, sparse, 40])], capture_output=True, text=True, check=True)
                runs[name].append(json.loads(out.stdout))
        for name in MODELS:
            seconds, ratios = [run['seconds'] for run in runs[name]], [run['seconds'] / plain['seconds'] for run, plain in zip(runs[name], runs['plain'])]
            rows.append(dict(name=name, users=n_users, items=n_items, sparse=sparse, seconds=seconds, ratios=ratios, peak=[run['peak'] for run in runs[name]]))
            print(f'{n_users:,} users, {n_items:,} items{", sparse" if sparse else ""}: {name:32} {1000 * median(seconds):6.1f} ms a step, {median(ratios):.2f} of plain '
                  f'({min(ratios):.2f}-{max(ratios):.2f}), peak {median(rows[-1]["peak"]):,.0f} MB', flush=True)
    append('hybrid', dict(warp_loss=warp_loss.__version__), start, dim=64, batch_users=64, pool=4096, rows=rows)
