"""Quality against seconds on the public MovieLens 1M split (UltraGCN, BARS): ours, LightFM's WARP, implicit's ALS and BPR, EASE: `python nbs/benchmarks/ml1m.py`.

All train on the same split, on as many threads, in turns, and are judged by `warp_loss.evaluate` at points on the way; judging does not count as time. Ours has the
defaults of `Recommender`. The others have the settings and epochs that did best on the *test* file, in their favour. Needs `pip install lightfm-next implicit`, and
the data (see `sets.py`).
"""
import argparse
from importlib.metadata import version
from statistics import median
from time import perf_counter

import numpy as np
import torch
from record import append, machine
from sets import ml1m

import warp_loss
from warp_loss import MatrixFactorization, evaluate, train_epoch

GOALS = .2592, .2724 # recall@20 of LightFM after 30 epochs of max_sampled 10, and the best it reached


class Scores:
    "Vectors of users and items, as `evaluate` takes a model."
    def __init__(self, user, item): self.user, self.item = torch.as_tensor(user), torch.as_tensor(item).T
    def scores(self, user): return self.user[user] @ self.item


def ours(epochs: int = 15, low: bool = False):
    def run(train, matrix, seed, threads):
        g = torch.Generator().manual_seed(seed)
        model = MatrixFactorization(train.n_users, train.n_items, generator=g).warm_start(train, g)
        optimizer = torch.optim.Adam(model.parameters(), lr=.004, fused=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * -(-train.n_users // 64))
        for _ in range(epochs):
            with torch.autocast('cpu', torch.bfloat16, enabled=low): train_epoch(model, train, optimizer, generator=g, scheduler=schedule)
            yield model
    return run


def lightfm(step: int, epochs: int, **settings):
    def run(train, matrix, seed, threads):
        from lightfm import LightFM
        model = LightFM(loss='warp', no_components=64, random_state=seed, **settings)
        for _ in range(0, epochs, step):
            model.fit_partial(matrix.tocoo(), epochs=step, num_threads=threads)
            (item_bias, item), (_, user) = model.get_item_representations(), model.get_user_representations()
            yield Scores(np.c_[user, np.ones(len(user), np.float32)], np.c_[item, item_bias])
    return run


def implicit(kind: str, **settings):
    def run(train, matrix, seed, threads):
        from implicit.als import AlternatingLeastSquares
        from implicit.bpr import BayesianPersonalizedRanking
        model = dict(als=AlternatingLeastSquares, bpr=BayesianPersonalizedRanking)[kind](factors=64, random_state=seed, num_threads=threads, **settings)
        model.fit(matrix, show_progress=False)
        yield Scores(model.user_factors, model.item_factors)
    return run


class Neighbours:
    "Scores are what a user has, times weights between items."
    def __init__(self, matrix, weights): self.matrix, self.weights = matrix, weights
    def scores(self, user): return torch.as_tensor(self.matrix[user.numpy()] @ self.weights)


def ease(strength: float):
    "Steck (2019): the ridge regression of each item on all others, in closed form."
    def run(train, matrix, seed, threads):
        inverse = np.linalg.inv((matrix.T @ matrix).toarray() + strength * np.eye(train.n_items, dtype=np.float32))
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        yield Neighbours(matrix, weights)
    return run


RUNS = {
    'warp_loss, defaults': ours(),
    'warp_loss, bfloat16': ours(low=True),
    'LightFM, max_sampled 10': lightfm(5, 30, item_alpha=1e-4, user_alpha=1e-4),
    'LightFM, best found': lightfm(10, 70, item_alpha=2e-4, user_alpha=2e-4, max_sampled=50),
    'implicit ALS': implicit('als', regularization=50, alpha=5, iterations=22),
    'implicit BPR': implicit('bpr'),
    'EASE': ease(500),
}

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    from scipy.sparse import csr_matrix
    torch.set_num_threads(args.threads)
    start = machine()
    train, test = ml1m()
    matrix = csr_matrix((np.ones(len(train), np.float32), (train.user.numpy(), train.item.numpy())), shape=(train.n_users, train.n_items))
    print(train, start)
    curves = {name: [] for name in RUNS}
    for seed in range(args.seeds):
        for name, run in RUNS.items():
            points, seconds, began = [], 0., perf_counter()
            for model in run(train, matrix, seed, args.threads):
                seconds += perf_counter() - began
                value = evaluate(model, test, train, k=20)
                points.append((seconds, value['recall@20'], value['ndcg@20']))
                began = perf_counter()
            curves[name].append(points)
            print(f'seed {seed} {name:24} {points[-1][0]:6.1f} s  recall@20 {points[-1][1]:.4f}  ndcg@20 {points[-1][2]:.4f}   '
                  + '  '.join(f'{goal} after {next((f"{s:.1f} s" for s, r, _ in points if r >= goal), "never")}' for goal in GOALS), flush=True)
    rows = []
    for name, runs in curves.items():
        last = [points[-1] for points in runs]
        reached = {goal: [next((s for s, r, _ in points if r >= goal), None) for points in runs] for goal in GOALS}
        rows.append(dict(name=name, seconds=median(p[0] for p in last), recall=[p[1] for p in last], ndcg=[p[2] for p in last], reached=reached, curves=runs))
    versions = dict(warp_loss=warp_loss.__version__, lightfm_next=version('lightfm-next'), implicit=version('implicit'))
    append('ml1m', versions, start, data='ml-1m (UltraGCN, BARS)', seeds=args.seeds, rows=rows)
