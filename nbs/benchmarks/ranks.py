"""What a step costs on several ranks: milliseconds, bytes and memory, for each way to share the tables, side by side.

    python nbs/benchmarks/ranks.py                    # needs TorchRec; about ten minutes on two cores
    python nbs/benchmarks/ranks.py --ranks 2 --repeats 1

The tables of a million users and 200 thousand items with 64 columns; 256 people with 32 positives each a rank and step, which are 8,192 rows; a pool of 4,096 items.
All ranks are on this machine, and what they send goes through its loopback device, which counts the bytes. So the times are of ranks that share its cores, and of a
network that is memory. What counts is the middle one of the steps, of two runs or more, between which all others have their turn.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import record
from warp_loss import Interactions, MatrixFactorization, default_optimizer, train_epoch, wsabie_loss
from warp_loss.distributed import Replicated, _Step
from warp_loss.sharded import Sharded
from warp_loss.world import together

N_USERS, N_ITEMS, DIM = 1_000_000, 200_000, 64
PEOPLE, EACH, POOL = 256, 32, 4096 # of a rank and step, positives of each, items to compare with
WARM, STEPS = 3, 12 # steps before the clock starts, and while it runs
WAYS = {'everything on every rank': 'DDP', 'items on every rank': 'tier 2', 'items in blocks': 'tier 3'}


class Everything(Replicated):
    "What DDP does by itself: users on every rank too."
    def __init__(self, model, world):
        nn.Module.__init__(self)
        self.model, self.world, self.all_users = model, world, model.n_users
        self._ddp = [DistributedDataParallel(_Step(model, list(model.parameters()), True))]

    def by_rows(self, name): return False


def sent() -> int:
    "Bytes that have gone through the loopback device."
    line, = (line for line in Path('/proc/net/dev').read_text().splitlines() if line.strip().startswith('lo:'))
    return int(line.split()[9])


def work(way: str, trials: int):
    "One rank."
    with together() as world:
        g, rows = torch.Generator().manual_seed(world.rank), world.rows(N_USERS)
        n = (WARM + STEPS) * PEOPLE
        who = torch.randperm(len(rows), generator=g)[:n].sort().values # everybody else has nothing, and their rows are as far away as if they had
        user, item = who.repeat_interleave(EACH), torch.randint(N_ITEMS, (n * EACH,), generator=g)
        if way == 'everything on every rank': user, n_users = user + rows.start, N_USERS
        else: n_users = len(rows)
        train = Interactions.from_codes(user, item, n_users, N_ITEMS)
        seeded = torch.Generator().manual_seed(7)
        if way == 'items in blocks': model = Sharded(rows, N_ITEMS, DIM, world=world, generator=seeded)
        else:
            tables = MatrixFactorization(n_users, N_ITEMS, DIM, sparse=True, generator=seeded)
            model = (Everything if way == 'everything on every rank' else Replicated)(tables, world)
        optimizer = default_optimizer(model)
        marks = []
        def after_step(_):
            world.wait()
            marks.append((perf_counter(), sent()))
        settings = dict(loss=partial(wsabie_loss, margin=1.), trials=trials) if trials else dict(margin=1.)
        train_epoch(model, train, optimizer, batch_users=PEOPLE * world.size, pool=POOL, generator=seeded, progress=after_step, **settings)
        times, counts = zip(*marks[WARM - 1:])
        steps = len(times) - 1
        peak = world.collect(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        unique = world.collect(len(torch.cat([item[:PEOPLE * EACH], torch.arange(POOL) * (N_ITEMS // POOL)]).unique()))
        if world.rank == 0:
            print(json.dumps(dict(way=way, ranks=world.size, trials=trials, ms=statistics.median(b - a for a, b in zip(times, times[1:])) * 1000,
                                  bytes=(counts[-1] - counts[0]) / steps / world.size,
                                  rows=statistics.mean(unique), peak=max(peak))))


def expected(way: str, ranks: int, rows: float) -> float:
    "Bytes that a rank sends in a step, on paper. `rows` is how many items its positives and the pool have together."
    items, wide, fetched = rows * (4 * DIM + 8 + 4 + 8), DIM + 4, PEOPLE * EACH + POOL # factors and bias are two tables, or one that is filled up to a multiple of four
    if way == 'items in blocks': return fetched * (8 * wide + 8) * (ranks - 1) / ranks # a row there, its gradient back, and the code
    return (items + (PEOPLE * (4 * DIM + 8) if way == 'everything on every rank' else 0)) * (ranks - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--ranks', type=int, nargs='+', default=[1, 2, 4])
    parser.add_argument('--trials', type=int, nargs='+', default=[10, 100, 0], help='draws for each positive; 0 for all of the pool, as `fit` does')
    parser.add_argument('--repeats', type=int, default=2)
    parser.add_argument('--work', nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work: return work(args.work[0], int(args.work[1]))
    env = dict(os.environ, OMP_NUM_THREADS='1', GLOO_SOCKET_IFNAME='lo')
    torch.set_num_threads(1)
    start, found, rows_found = record.machine(), {}, []
    for _ in range(args.repeats):
        for ranks in args.ranks:
            for trials in args.trials:
                for way in WAYS:
                    line = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', str(ranks), __file__, '--work', way, str(trials)]
                    done = subprocess.run(line, env=env, capture_output=True, text=True)
                    if done.returncode: sys.exit(done.stderr)
                    measured = json.loads(done.stdout.strip().splitlines()[-1])
                    found.setdefault((ranks, trials, way), []).append(measured)
    for (ranks, trials, way), lines in found.items():
        ms, bytes_, rows = (statistics.mean(line[key] for line in lines) for key in ('ms', 'bytes', 'rows'))
        base = statistics.mean(line['ms'] for line in found[ranks, trials, next(iter(WAYS))])
        print(f'{ranks} ranks, {trials or "all"} trials, {way:25}: {ms:7.1f} ms ({ms / base:.2f}), {bytes_ / 1e6:6.2f} MB a rank '
              f'(on paper {expected(way, ranks, rows) / 1e6:.2f}), {max(line["peak"] for line in lines) / 2**30:.2f} GiB')
        rows_found.append(dict(way=way, ranks=ranks, trials=trials, ms=[round(line['ms'], 2) for line in lines], bytes=[round(line['bytes']) for line in lines],
                               expected=round(expected(way, ranks, rows)), unique=round(rows), peak=[line['peak'] for line in lines]))
    record.append('ranks', {}, start, users=N_USERS, items=N_ITEMS, dim=DIM, positives=PEOPLE * EACH, pool=POOL, rows=rows_found)


if __name__ == '__main__': main()
