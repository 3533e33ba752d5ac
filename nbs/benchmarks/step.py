"""A training step beside the plain way to train with WARP, and where its time goes: `python nbs/benchmarks/step.py --published DIR` (see `loss.py` for DIR).

The plain way scores every candidate with autograd, gives the scores to the published `warp_loss` 0.0.1, and steps PyTorch's own sparse optimiser. Both have the same
model (two tables of 64 columns, 100 thousand items), 4096 positives a step, and 100 candidates for each. Ours takes its positives user by user, so how many a
user has matters, and is varied. Its last line has a pool of 4096 instead of 100. They take turns; medians count.

Beside them stands what the machine can do: the rate of a large matrix product, and of copying a gigabyte. From these follows the least
time that a step could take, if its three products ran at the one, and each row that it needs were read and written once at the other.
"""
import argparse
from statistics import median
from time import perf_counter

import torch
from loss import load_published
from record import append, machine
from torch import nn

import warp_loss
from warp_loss import Interactions, LazyAdagrad, LazyAdam, MatrixFactorization, train_epoch

DIM, BATCH, N_ITEMS, STEPS = 64, 4096, 100_000, 25
STATE = {'SGD': 0, 'LazyAdagrad': 1, 'LazyAdam': 2} # tables as large as the parameters
OPTIMIZERS = { # ours, and what the plain way has
    'SGD': (torch.optim.SGD, torch.optim.SGD),
    'LazyAdagrad': (LazyAdagrad, torch.optim.Adagrad),
    'LazyAdam': (LazyAdam, torch.optim.SparseAdam),
}


def made_up(per: int) -> Interactions:
    "As many positives for each user, spread evenly over the items."
    user = torch.arange(STEPS * BATCH // per).repeat_interleave(per)
    item = torch.randint(N_ITEMS, (len(user),), generator=torch.Generator().manual_seed(0))
    return Interactions.from_codes(user, item, STEPS * BATCH // per, N_ITEMS)


def plain(loss, train: Interactions, optimizer, trials: int, steps: int = 3):
    "Median seconds of a step."
    users, items = nn.Embedding(train.n_users, DIM, sparse=True), nn.Embedding(N_ITEMS, DIM, sparse=True)
    opt = optimizer([*users.parameters(), *items.parameters()], lr=.05)
    took = []
    for _ in range(steps + 1):
        began = perf_counter()
        at = torch.randint(len(train), (BATCH,))
        user, pos, neg = users(train.user[at])[:, None], items(train.item[at])[:, None], items(torch.randint(N_ITEMS, (BATCH, trials)))
        opt.zero_grad()
        loss((user * pos).sum(-1), (user * neg).sum(-1)).backward()
        opt.step()
        took.append(perf_counter() - began)
    return median(took[1:])


def ours(train: Interactions, optimizer, per: int, pool: int):
    "Seconds of a step and its parts, over an epoch after the first."
    model = MatrixFactorization(train.n_users, N_ITEMS, DIM, scale=None, bias=False, sparse=True)
    opt = optimizer(model.parameters(), lr=.05)
    for _ in range(2):
        began = perf_counter()
        stats = train_epoch(model, train, opt, margin=1., batch_users=BATCH // per, pool=pool)
        took = perf_counter() - began
    return dict(step=took / STEPS, **{part: stats[part] / STEPS for part in ('sampling', 'search', 'update')})


def rates() -> dict:
    "Floating-point operations a second of a large product, and bytes read and written a second by a copy."
    a, b, c, d = torch.randn(2048, 2048), torch.randn(2048, 2048), torch.randn(2**28), torch.empty(2**28)
    def fastest(act):
        times = []
        for _ in range(5):
            began = perf_counter()
            act()
            times.append(perf_counter() - began)
        return min(times)
    return dict(product=2 * 2048**3 / fastest(lambda: a @ b), copy=2 * 2**30 / fastest(lambda: d.copy_(c)))


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--published', help='folder of the published package')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    loss = load_published(args.published)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    start, limits = machine(), rates()
    print({key: f'{value / 1e9:.1f} G/s' for key, value in limits.items()}, start)
    rows = []
    for per, pool in ((1, 100), (16, 100), (64, 100), (64, 4096)):
        train = made_up(per)
        for name, (mine, theirs) in OPTIMIZERS.items():
            turns = [(plain(loss, train, theirs, 100), ours(train, mine, per, pool)) for _ in range(args.rounds)]
            parts = {key: median(turn[1][key] for turn in turns) for key in turns[0][1]}
            ratios = [turn[0] / turn[1]['step'] for turn in turns]
            users, touched = BATCH // per, BATCH // per + BATCH + pool
            least = 6 * users * pool * DIM / limits['product'] + touched * DIM * 4 * 2 * (1 + STATE[name]) / limits['copy']
            rows.append(dict(per=per, pool=pool, optimizer=name, plain=median(t[0] for t in turns), least=least, ratio=median(ratios), ratios=ratios, **parts))
            ms = {key: 1000 * rows[-1][key] for key in ('plain', 'step', 'sampling', 'search', 'update', 'least')}
            print(f'{per:3} a user, pool {pool:4}, {name:11}: plain {ms["plain"]:6.1f} ms, ours {ms["step"]:5.1f} ms ({median(ratios):.1f} times, {min(ratios):.1f} to '
                  f'{max(ratios):.1f}): sampling {ms["sampling"]:.1f}, search {ms["search"]:.1f}, update {ms["update"]:.1f}; at the least {ms["least"]:.1f}', flush=True)
    append('step', dict(warp_loss=warp_loss.__version__), start, dim=DIM, batch=BATCH, n_items=N_ITEMS, rates=limits, rows=rows)
