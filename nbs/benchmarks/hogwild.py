"""Two processes that train the same tables without locks, beside one process: `python nbs/benchmarks/hogwild.py`, or with `quality` or `speed` only that part.

HOGWILD (Niu, Recht, Ré and Wright, 2011): the tables are in shared memory, and each process trains them with its own part of the users as if it were alone. With two
processes each makes half of the steps, and its learning rate falls along a cosine over these. A process keeps its part of the users, or the parts are drawn anew for
each epoch; it has a state of the optimiser of its own, or that is in shared memory too. (`LazyAdam` counts its steps outside of what can be shared.) MovieLens 1M, of
which a tenth of *train* is held out, another one for each seed; the test file is not read. All start from the same tables (the truncated SVD), with the margin, the
batches and the epochs of `Recommender`; the rate of LazyAdagrad did best of three with another seed.

Quality is that of the held-out part. Beside one process stand two; two threads are left out, as they make the sums of one in another order.

Speed is that of one process with one thread, of one with two, and of two with one each and a state of their own: seconds of the faster of two epochs. All take turns,
in the next round the other way round; what counts are ratios of the same round. Other work on the machine matters much: a thread that has to wait for its core keeps
the other one waiting too, so two threads lose most by it. So before each run the machine is waited for, half a minute at most, until others take less than a tenth of
a core; 'others' is what they took during the run; where that is more than a fifth of a core, the run is repeated, up to twice, and the least disturbed one counts.
Starting processes takes seconds too, which stand beside. Needs Linux, and the data (see `sets.py`).
"""
import argparse
import os
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from statistics import mean, median, stdev
from time import perf_counter, process_time, sleep

import torch
from record import append, machine
from sets import ml1m
from torch import multiprocessing as mp

import warp_loss
from warp_loss import Interactions, LazyAdagrad, LazyAdam, MatrixFactorization, evaluate, random_split, suggested_margin, train_epoch

BATCH, METRICS = 64, ('ndcg@20', 'recall@20')
OPTIMIZERS = { # whether gradients are sparse, and what makes one
    'Adam': (False, partial(torch.optim.Adam, lr=.004, fused=True)),
    'LazyAdam': (True, partial(LazyAdam, lr=.004)),
    'LazyAdagrad': (True, partial(LazyAdagrad, lr=.06)),
}
WAYS = { # processes, threads of each, whether parts of the users are drawn anew for each epoch, and whether the state is shared
    'one process, one thread': (1, 1, False, False),
    'one process, two threads': (1, 2, False, False),
    'two processes': (2, 1, False, False),
    'two processes, new parts': (2, 1, True, False),
    'two processes, new parts, shared state': (2, 1, True, True),
}


def with_state(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    "Itself, before its first step, with a state that exists and is in shared memory."
    params = [p for group in optimizer.param_groups for p in group['params']]
    for p in params: p.grad = torch.zeros_like(p) # a step that moves nothing makes the state
    optimizer.step()
    for p in params:
        p.grad = None
        for value in optimizer.state[p].values():
            if isinstance(value, torch.Tensor): value.zero_().share_memory_()
    return optimizer


def work(number: int, processes: int, threads: int, anew: bool, optimizer, model, train: Interactions, margin: float, epochs: int, seed: int, ready, clock: torch.Tensor):
    "What one process does. `optimizer` is one whose state is shared, or makes one."
    torch.set_num_threads(threads)
    if not isinstance(optimizer, torch.optim.Optimizer): optimizer = optimizer(model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * -(-train.n_users // processes // BATCH))
    same, own = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(100 * seed + number)
    ready.wait(120)
    cpu, everybody, clock[number, 0] = process_time(), busy(), perf_counter()
    for epoch in range(epochs):
        if anew or epoch == 0:
            part = torch.randperm(train.n_users, generator=same) % processes == number
            mine = train.pick(part[train.user])
        train_epoch(model, mine, optimizer, margin=margin, batch_users=BATCH, generator=own, scheduler=schedule)
        clock[number, 1 + epoch] = perf_counter()
    clock[number, -2], clock[number, -1] = process_time() - cpu, busy() - everybody


def busy() -> float:
    "Seconds that all cores have worked, so far."
    user, nice, system, _, _, irq, soft, steal, *_ = map(int, Path('/proc/stat').read_text().split('\n')[0].split()[1:])
    return (user + nice + system + irq + soft + steal) / os.sysconf('SC_CLK_TCK')


def wait_for_quiet(seconds: int = 30):
    "Until others take less than a tenth of a core for two seconds."
    for _ in range(seconds // 2):
        before = busy()
        sleep(2)
        if busy() - before < .2: return


def run(name: str, way: str, start: MatrixFactorization, train: Interactions, epochs: int, seed: int) -> tuple[MatrixFactorization, dict]:
    "What one way to train makes, and how long it takes."
    began = perf_counter()
    (processes, threads, anew, shared), (sparse, make) = WAYS[way], OPTIMIZERS[name]
    model = deepcopy(start).share_memory()
    model.sparse = sparse
    ready, clock = mp.get_context('spawn').Barrier(processes), torch.zeros(processes, epochs + 3, dtype=torch.float64).share_memory_()
    optimizer = with_state(make(model.parameters())) if shared else make
    mp.spawn(work, (processes, threads, anew, optimizer, model, train, suggested_margin(model, train), epochs, seed, ready, clock), processes)
    whole, marks, (cpu, all_cpu) = perf_counter() - began, clock[:, :-2], clock[:, -2:].T
    seconds, epoch = (marks[:, -1].max() - marks[:, 0].min()).item(), marks.diff().amax(0)
    return model, dict(epoch=epoch.min().item(), cpu=cpu.sum().item() / epochs, others=max(0., (all_cpu.max() - cpu.sum()).item() / seconds), starting=whole - seconds)


def begin(data: Interactions, seed: int) -> tuple[Interactions, Interactions, MatrixFactorization]:
    g = torch.Generator().manual_seed(seed)
    train, held = random_split(data, .1, g)
    return train, held, MatrixFactorization(train.n_users, train.n_items, generator=g).warm_start(train, g)


def in_turns(count: int, names: list[str], threads: int, share: bool) -> Iterator[tuple[int, str, str]]:
    "Number, optimiser and way, of those with at most so many threads, and with a shared state or without."
    ways = [(name, way) for name in names for way, (_, most, _, shared) in WAYS.items() if most <= threads and not (shared and (name == 'LazyAdam' or not share))]
    return ((number, *pair) for number in range(count) for pair in ways[::-1 if number % 2 else 1])


def quality(data: Interactions, names: list[str], seeds: int, epochs: int) -> list[dict]:
    found: dict = {}
    for seed, name, way in in_turns(seeds, names, 1, True):
        train, held, start = begin(data, seed)
        value = evaluate(run(name, way, start, train, epochs, seed)[0], held, train, k=20)
        found.setdefault((name, way), []).append({key: value[key] for key in METRICS})
        print(seed, name, way, {key: round(value[key], 4) for key in METRICS}, flush=True)
    rows = []
    for (name, way), values in found.items():
        rows.append(dict(optimizer=name, way=way, **{key: [v[key] for v in values] for key in METRICS}))
        alone = mean(v['ndcg@20'] for v in found[name, 'one process, one thread'])
        print(f'{name:11} {way:38} ' + '  '.join(f'{key} {mean(rows[-1][key]):.4f} ± {stdev(rows[-1][key]) if seeds > 1 else 0:.4f}' for key in METRICS)
              + f'  ndcg@20 {mean(rows[-1]["ndcg@20"]) / alone - 1:+.1%}')
    return rows


def speed(data: Interactions, names: list[str], rounds: int) -> list[dict]:
    found: dict = {}
    train, _, start = begin(data, 0)
    for number, name, way in in_turns(rounds, names, 2, False):
        tries: list[dict] = []
        while len(tries) < 3 and min((t['others'] for t in tries), default=1) > .2:
            wait_for_quiet()
            tries.append(run(name, way, start, train, 2, 0)[1])
        found.setdefault((name, way), []).append(min(tries, key=lambda t: t['others']))
        print(number, name, way, {key: round(x, 2) for key, x in found[name, way][-1].items()}, flush=True)
    rows = []
    for (name, way), runs in found.items():
        row = dict(optimizer=name, way=way, **{key: [r[key] for r in runs] for key in runs[0]})
        for threads in ('one thread', 'two threads'):
            row[f'against {threads}'] = [b['epoch'] / r['epoch'] for r, b in zip(runs, found[name, f'one process, {threads}'])]
        print(f'{name:11} {way:38} {median(row["epoch"]):.2f} s an epoch, ' + ''.join(f'{median(x):.2f} times as fast as {key[8:]} ({min(x):.2f} to {max(x):.2f}), '
              for key, x in row.items() if key.startswith('against')) + f'starting {median(row["starting"]):.1f} s; '
                  f'others had {min(row["others"]):.2f} to {max(row["others"]):.2f} cores')
        rows.append(row)
    return rows


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('what', nargs='?', choices=['quality', 'speed'], help='both, if it is left out')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=15, help='of the quality')
    parser.add_argument('--optimizers', nargs='+', choices=OPTIMIZERS, default=[*OPTIMIZERS])
    args = parser.parse_args()
    torch.set_num_threads(1)
    before, (data, _) = machine(), ml1m()
    result = {}
    if args.what != 'speed': result['quality'] = dict(epochs=args.epochs, rows=quality(data, args.optimizers, args.seeds, args.epochs))
    if args.what != 'quality': result['speed'] = speed(data, args.optimizers, args.rounds)
    append('hogwild', dict(warp_loss=warp_loss.__version__), before, data='ml-1m train, a tenth held out', **result)
