"""Histories as a part of users' vectors, against vectors of their own: `python nbs/benchmarks/history.py ml1m`, `citeulike`, or `citeulike --share .4`.

Both models have the defaults of `Recommender` but for the margin: three multiples of `suggested_margin` are tried on a tenth of train, with seed 0, by recall@20. The
test part is read by the runs with the best of them. New users: a tenth of the users is held out, a fifth of what each has is to be found, and the rest is what is
known of them; the plain model folds them in, the history model adds up. Needs the data (see `sets.py`).
"""
import argparse
from time import perf_counter

import torch
from cold import Dot, recall
from record import append, machine
from sets import citeulike, ml1m, thin

import warp_loss
from warp_loss import HybridFactorization, IdMap, Interactions, MatrixFactorization, fit, fold_in, random_split, suggested_margin

FACTORS = .7, 1., 1.4


def trained(kind: str, train: Interactions, factor: float, seed: int):
    g = torch.Generator().manual_seed(seed)
    if kind == 'plain': model = MatrixFactorization(train.n_users, train.n_items, generator=g)
    else: model = HybridFactorization(train.n_users, train.n_items, history=train, generator=g)
    began = perf_counter()
    fit(model.warm_start(train, g), train, margin=factor * suggested_margin(model, train), generator=g, progress=False)
    return model, perf_counter() - began


def newcomers(kind: str, model, train: Interactions, known: Interactions, factor: float):
    "Scores of users who were not in training."
    if kind == 'history': return model.plain(history=known)
    users = model.with_users(fold_in(model, known, margin=factor * suggested_margin(model, train)))
    return Dot(users.user_vectors().detach(), model.item_vectors().detach())


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('set', choices=('ml1m', 'citeulike'))
    parser.add_argument('--share', type=float, default=1., help='of the interactions that is kept')
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    start = machine()
    if args.set == 'ml1m': train, test = ml1m()
    else: train, test = random_split(thin(citeulike(), args.share, 0), .2, torch.Generator().manual_seed(0))
    print(train, start)
    part, validation = random_split(train, .1, torch.Generator().manual_seed(0))
    rows = []
    order = torch.randperm(train.n_users, generator=torch.Generator().manual_seed(1))
    some, others = (IdMap(train.users.decode(x.sort().values)) for x in (order[:train.n_users // 10], order[train.n_users // 10:]))
    known, hidden = random_split(train.recode(users=some), .2, torch.Generator().manual_seed(2))
    rest = train.recode(users=others)
    for kind in ('plain', 'history'):
        tried = {factor: recall(trained(kind, part, factor, 0)[0].eval(), validation, part, 20) for factor in FACTORS}
        factor = max(tried, key=tried.get)
        print(kind, 'validation', tried, flush=True)
        row = dict(kind=kind, tried=tried, factor=factor, recall=[], new=[], seconds=[])
        for seed in range(args.seeds):
            model, seconds = trained(kind, train, factor, seed)
            row['recall'].append(recall(model, test, train, 20))
            row['seconds'].append(seconds)
            model, _ = trained(kind, rest, factor, seed)
            row['new'].append(recall(newcomers(kind, model, rest, known, factor), hidden, known, 20))
            print(f'{kind} seed {seed}: recall@20 {row["recall"][-1]:.4f}, new users {row["new"][-1]:.4f}, {seconds:.1f} s', flush=True)
        rows.append(row)
    append('history', dict(warp_loss=warp_loss.__version__), start, data=args.set, share=args.share, seeds=args.seeds, rows=rows)
