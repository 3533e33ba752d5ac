"""Cold start and side features: ours, LightFM's hybrid, and two baselines: `python nbs/benchmarks/cold.py citeulike`, or `ml100k`.

A fifth of the items is held out wholly, and of what is left a sixth of the interactions; seeds choose both. Cold items are ranked among themselves, by what users
have of them; warm ones among all warm items that the user does not have. On ml100k a fifth of the users is held out too, and known by demographics alone.
Ours has the defaults of `Recommender`. LightFM has the same features and its WARP with 64 components; of two settings, and five looks on the way to 40 epochs, those
count that did best on the *test* part of each seed, in its favour. Needs `pip install lightfm-next`, and the data (see `sets.py`).
"""
import argparse
from functools import partial
from importlib.metadata import version
from time import perf_counter

import numpy as np
import torch
from record import append, machine
from sets import citeulike, citeulike_tags, ml100k, ml100k_features
from torch.nn import functional as F

import warp_loss
from warp_loss import Features, IdMap, Interactions, Recommender, default_optimizer, random_split, recommend, train_epoch
from warp_loss.training import _batch_users

SETTINGS = dict(max_sampled=10), dict(max_sampled=50) # of LightFM
STEPS = 5, 5, 10, 10, 10 # epochs between looks


class Dot:
    "Scores of vectors."
    def __init__(self, user, item): self.user, self.item = torch.as_tensor(user), torch.as_tensor(item)
    def user_vectors(self, user=None): return self.user if user is None else self.user[user]
    def item_vectors(self, item=None): return self.item if item is None else self.item[item]


def recall(model, test: Interactions, seen: Interactions|None, k: int) -> float:
    "Mean over users of how much of what they have is among the first k."
    users = test.user.unique()
    found = recommend(model, users, k, seen).item
    return float((test.contains(users[:, None], found).sum(1) / test.indptr.diff()[users]).mean())


def split(data: Interactions, users: Features|None, items: Features, seed: int) -> dict:
    "Warm train and test, and what cold users and items have."
    g = torch.Generator().manual_seed(seed)
    def part(ids: IdMap, share: float): # cold and warm ids
        order = torch.randperm(len(ids), generator=g)
        return [IdMap(ids.decode(x.sort().values)) for x in (order[:int(share * len(ids))], order[int(share * len(ids)):])]
    cold, warm = part(data.items, .2)
    cold_users, warm_users = part(data.users, 0. if users is None else .2)
    train, test = random_split(data.recode(warm_users, warm), 1 / 6, g)
    def of(features, ids): return None if features is None else features.align(ids)
    return dict(train=train, test=test, cold=data.recode(warm_users, cold), newcomers=data.recode(cold_users, warm),
                users=of(users, warm_users), items=of(items, warm), cold_users=of(users, cold_users), cold_items=of(items, cold))


def ours(parts: dict, hybrid: bool, seed: int):
    train, g = parts['train'], torch.Generator().manual_seed(seed)
    began = perf_counter()
    model = Recommender(seed=seed)._new_model(train, [parts['users'], parts['items']] if hybrid else [None, None]).warm_start(train, g)
    optimizer = default_optimizer(model)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=15 * -(-len(train.indptr.diff().nonzero()) // _batch_users(train.n_users, None)))
    seconds, points = perf_counter() - began, []
    for _ in range(15):
        began = perf_counter()
        train_epoch(model, train, optimizer, scheduler=schedule, generator=g)
        seconds += perf_counter() - began
        with torch.no_grad():
            new = {name: model.plain(**{name: parts[f'cold_{name}']}) for name in ('users', 'items') if hybrid and parts[f'cold_{name}'] is not None}
            points.append(judge(model.plain() if hybrid else model, parts, seconds, new.get('items'), new.get('users')))
    return points


def lightfm(parts: dict, settings: dict, seed: int, threads: int):
    from lightfm import LightFM
    from scipy.sparse import csr_matrix, hstack, identity
    train = parts['train']
    matrix = csr_matrix((np.ones(len(train), np.float32), (train.user, train.item)), shape=(train.n_users, train.n_items))
    def features(warm, cold, n):
        if warm is None: return identity(n, np.float32, 'csr'), None
        as_csr = [csr_matrix((x.value, x.column, x.indptr), shape=(len(x), x.n_features)) for x in (warm, cold)]
        return hstack([identity(n, np.float32), as_csr[0]]).tocsr(), hstack([csr_matrix((len(cold), n), dtype=np.float32), as_csr[1]]).tocsr()
    users, cold_users = features(parts['users'], parts['cold_users'], train.n_users)
    items, cold_items = features(parts['items'], parts['cold_items'], train.n_items)
    model, seconds, points = LightFM(loss='warp', no_components=64, random_state=seed, **settings), 0., []
    for epochs in STEPS:
        began = perf_counter()
        model.fit_partial(matrix, users, items, epochs=epochs, num_threads=threads)
        seconds += perf_counter() - began
        def vectors(f, kind):
            bias, x = getattr(model, f'get_{kind}_representations')(f)
            return np.c_[x, np.ones(len(x), np.float32)] if kind == 'user' else np.c_[x, bias]
        user, item = vectors(users, 'user'), vectors(items, 'item')
        new_users = None if cold_users is None else Dot(vectors(cold_users, 'user'), item)
        points.append(judge(Dot(user, item), parts, seconds, Dot(user, vectors(cold_items, 'item')), new_users))
    return points


def judge(warm, parts: dict, seconds: float, cold_items=None, cold_users=None) -> dict:
    point = dict(seconds=seconds, warm=recall(warm, parts['test'], parts['train'], 20))
    if cold_items is not None: point['cold items'] = recall(cold_items, parts['cold'], None, 50)
    if cold_users is not None: point['cold users'] = recall(cold_users, parts['newcomers'], None, 20)
    return point


def baselines(parts: dict) -> dict:
    "What the popularity of features says, and how much an item's features are like those that a user's items have."
    train, items, new = parts['train'], parts['items'], parts['cold_items']
    count = torch.zeros(items.n_features).index_add_(0, items.column, torch.repeat_interleave(train.item_counts.float(), items.indptr.diff()))
    has = items.column.bincount(minlength=items.n_features).clamp(min=1)
    popular = new.sum((count / has)[:, None]) / new.indptr.diff().clamp(min=1).sqrt()[:, None] # values are one over the root of how many: the mean
    rarity = (len(items) / has).log()
    row = torch.repeat_interleave(torch.arange(len(items)), items.indptr.diff())
    tagged = torch.sparse_coo_tensor(torch.stack([row, items.column]), items.value * rarity[items.column], (len(items), items.n_features))
    users = torch.sparse_coo_tensor(torch.stack([train.user, train.item]), torch.ones(len(train)), (train.n_users, train.n_items))
    row = torch.repeat_interleave(torch.arange(len(new)), new.indptr.diff())
    others = torch.sparse_coo_tensor(torch.stack([new.column, row]), new.value * rarity[new.column], (items.n_features, len(new))).to_dense()
    alike = torch.sparse.mm(torch.sparse.mm(users, tagged).coalesce(), F.normalize(others, dim=0))
    def scored(scores): return Dot(scores, torch.eye(len(new)))
    found = {'popularity of features': recall(Dot(torch.ones(train.n_users, 1), popular), parts['cold'], None, 50),
             'like what the user has': recall(scored(alike), parts['cold'], None, 50)}
    if parts['cold_users'] is not None:
        found['popular items, for cold users'] = recall(Dot(torch.ones(len(parts['cold_users']), 1), train.item_counts.float()[:, None]), parts['newcomers'], None, 20)
    return found


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('set', choices=('citeulike', 'ml100k'))
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    start = machine()
    data, (users, items) = (citeulike(), (None, citeulike_tags())) if args.set == 'citeulike' else (ml100k(), ml100k_features())
    items = items.align(data.items)
    print(data, users, items, start, sep='\n')
    rows = []
    for seed in range(args.seeds):
        parts = split(data, users, items, seed)
        rows.append(dict(seed=seed, baselines=baselines(parts), runs={}))
        print(f'seed {seed}', parts['train'], {name: round(x, 4) for name, x in rows[-1]['baselines'].items()}, flush=True)
        runs = {'plain': partial(ours, hybrid=False), 'hybrid': partial(ours, hybrid=True)}
        runs |= {f'LightFM {settings}': partial(lightfm, settings=settings, threads=args.threads) for settings in SETTINGS}
        for name, run in runs.items():
            points = rows[-1]['runs'][name] = run(parts, seed=seed)
            best = {key: max(points, key=lambda point: point[key]) for key in points[-1] if key != 'seconds'}
            print(f'  {name:60} ' + '  '.join(f'{key} {points[-1][key]:.4f}, best {point[key]:.4f} after {point["seconds"]:.1f} s' for key, point in best.items())
                  + f'  ({points[-1]["seconds"]:.1f} s)', flush=True)
    versions = dict(warp_loss=warp_loss.__version__, lightfm_next=version('lightfm-next'))
    append('cold', versions, start, data=args.set, seeds=args.seeds, rows=rows)
