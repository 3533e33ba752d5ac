"""`recommend` beside implicit's, and plain PyTorch, on the same vectors: `python nbs/benchmarks/topk.py`.

Random vectors of 64 float32, and 20 to 50 items that each user has and is not shown. implicit's matrix product has one thread or as many as everybody, whichever
is faster here. The plain way scores 16 users against all items, and takes `topk`; two such batches are timed, the users of which stand for all. In a round each has
its turn, of as many calls as fit half a second, at least one; medians of the rounds count. One thread is timed by processor time, as in `loss.py`. The scores found
must agree. Needs `pip install implicit`, which brings `threadpoolctl`.
"""
import argparse
import sys
from functools import partial
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from record import append, machine

import warp_loss
from warp_loss import Interactions, MatrixFactorization
from warp_loss.inference import recommend

DIM, PLAIN = 64, 16
CASES = [(10**6, 10, 2000), (10**6, 100, 2000), (10**5, 10, 2000), (10**5, 100, 2000), (10**4, 10, 2000), (10**4, 100, 2000), (10**6, 10, 1)] # items, k, users


def made_up(n_items: int, n_users: int) -> tuple[MatrixFactorization, Interactions]:
    "A model, and what each user has."
    g = torch.Generator().manual_seed(0)
    user = torch.arange(n_users).repeat_interleave(torch.randint(20, 51, (n_users,), generator=g))
    seen = Interactions.from_codes(user, torch.randint(n_items, (len(user),), generator=g), n_users, n_items)
    return MatrixFactorization(n_users, n_items, DIM, scale=None, bias=False, generator=g), seen


def ways(n_items: int, k: int, n_users: int, threads: int) -> dict:
    "What gives the best scores of users, and of how many of them."
    model, seen = made_up(n_items, n_users)
    user, few = torch.arange(n_users), torch.arange(min(2 * PLAIN, n_users))
    theirs = AlternatingLeastSquares(factors=DIM, num_threads=threads)
    theirs.user_factors, theirs.item_factors = model.user_factors.detach().numpy(), model.item_factors.detach().numpy()
    matrix = csr_matrix((np.ones(len(seen), np.float32), seen.item.int().numpy(), seen.indptr.int().numpy()), shape=(n_users, n_items))
    def implicit(blas):
        with threadpool_limits(blas, 'blas'): return theirs.recommend(user.numpy(), matrix, N=k)[1]
    @torch.no_grad()
    def plain():
        found = []
        for part in few.split(PLAIN):
            scores = model.user_factors[part] @ model.item_factors.T
            row, at = seen.slices(part)
            scores[row, seen.item[at]] = -torch.inf
            found.append(scores.topk(k).values)
        return torch.cat(found)
    return {'ours': (lambda: recommend(model, user, k, seen).score, n_users), 'plain': (plain, len(few)),
            **{f'implicit, {blas}': (partial(implicit, blas), n_users) for blas in sorted({1, threads})}}


def seconds(act, clock) -> float:
    "Mean of a turn."
    began, calls = clock(), 0
    while calls == 0 or clock() - began < .5:
        act()
        calls += 1
    return (clock() - began) / calls


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=2, help='of everybody; on a busy machine 1, as threads wait for one another, and processor time')
    parser.add_argument('--rounds', type=int, default=3)
    args = parser.parse_args()
    try:
        from implicit.cpu.als import AlternatingLeastSquares
        from scipy.sparse import csr_matrix
        from threadpoolctl import threadpool_limits
    except ImportError as e: sys.exit(f'{e}: `pip install implicit`')
    torch.set_num_threads(args.threads)
    start, rows, clock = machine(), [], process_time if args.threads == 1 else perf_counter
    print(start)
    for n_items, k, n_users in CASES:
        turns = ways(n_items, k, n_users, args.threads)
        best = turns['ours'][0]()
        assert all(np.allclose(best[:users], act(), rtol=1e-4) for act, users in turns.values())
        took = {name: [] for name in turns}
        for _ in range(args.rounds):
            for name, (act, users) in turns.items(): took[name].append(1000 * seconds(act, clock) / users)
        theirs = min((name for name in took if name.startswith('implicit')), key=lambda name: median(took[name]))
        ratios = {name: [b / a for a, b in zip(took['ours'], took[which])] for name, which in (('implicit', theirs), ('plain', 'plain'))}
        rows.append(dict(n_items=n_items, k=k, n_users=n_users, theirs=theirs, ms=took, ratios=ratios))
        print(f'{n_items:9,} items, k {k:3}, {n_users:4} users: ' + '; '.join(f'{name} {median(x):.3f} ms a user' for name, x in took.items()) + '; ours is '
              + ', '.join(f'{median(x):.2f} times as fast as {name} ({min(x):.2f} to {max(x):.2f})' for name, x in ratios.items()), flush=True)
    append('topk', dict(warp_loss=warp_loss.__version__, implicit=version('implicit')), start, dim=DIM, rounds=args.rounds, rows=rows)
