"""Our `Recommender` beside LightFM and popularity on MovieLens 100K: `python nbs/benchmarks/ml100k.py`.

Every rating is a positive; five random splits hold a tenth out. Everybody trains on the same split with as many threads, and is judged by `warp_loss.evaluate`,
items of the training part left out. LightFM's settings are its defaults, the same with 30 dimensions, and the best that a search found. Seconds are those of
training alone. Needs `pip install lightfm-next`, and the data (see `sets.py`).
"""
import argparse
import sys
from importlib.metadata import version
from time import perf_counter

import numpy as np
import torch
from record import append, machine
from sets import ml100k

import warp_loss
from warp_loss import Recommender, evaluate, random_split
from warp_loss.models import Popularity

LIGHTFM = {
    'LightFM, 10 dimensions, 10 epochs': (dict(no_components=10), 10),
    'LightFM, 30 dimensions, 10 epochs': (dict(no_components=30), 10),
    'LightFM, best found': (dict(no_components=30, max_sampled=30, item_alpha=1e-4, user_alpha=1e-4), 20),
}
METRICS = {'precision@10': 'p@10', 'auc': 'auc', 'recall@20': 'recall@20', 'ndcg@20': 'ndcg@20', 'seconds': 'seconds'}


class Scores:
    "A table of scores, as `evaluate` takes a model."
    def __init__(self, table): self.table = torch.as_tensor(table)
    def scores(self, user): return self.table[user]


def ours(train, seed):
    return Recommender(seed=seed, device='cpu').fit(train, progress=False).model


def lightfm(settings, epochs, threads):
    from lightfm import LightFM
    from scipy.sparse import coo_matrix
    def train_it(train, seed):
        matrix = coo_matrix((np.ones(len(train), np.float32), (train.user.numpy(), train.item.numpy())), shape=(train.n_users, train.n_items))
        model = LightFM(loss='warp', random_state=seed, **settings).fit(matrix, epochs=epochs, num_threads=threads)
        item_bias, item = model.get_item_representations()
        user_bias, user = model.get_user_representations()
        return Scores(user @ item.T + item_bias + user_bias[:, None])
    return train_it


def judge(train_it, split, seed) -> dict[str, float]:
    train, test = split
    began = perf_counter()
    model = train_it(train, seed)
    took = perf_counter() - began
    return evaluate(model, test, train, k=(10, 20)) | dict(seconds=took)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=5, help='how many splits')
    parser.add_argument('--threads', type=int, default=2, help='of everybody; on a busy machine 1, as threads wait for one another')
    args = parser.parse_args()
    try: rivals = {name: lightfm(*setting, args.threads) for name, setting in LIGHTFM.items()}
    except ImportError as e: sys.exit(f'{e}: `pip install lightfm-next`')
    torch.set_num_threads(args.threads)
    start = machine()
    data = ml100k()
    print(data, start)
    models = {'Recommender, defaults': ours, **rivals, 'popularity': lambda train, seed: Popularity(train)}
    found = {name: [] for name in models}
    for seed in range(args.seeds):
        split = random_split(data, .1, torch.Generator().manual_seed(seed))
        for name, train_it in models.items(): found[name].append(judge(train_it, split, seed))
        print(f'seed {seed}: ' + ', '.join(f'{name} {values[-1]["ndcg@20"]:.3f} in {values[-1]["seconds"]:.0f} s' for name, values in found.items()), flush=True)
    print(f'{"":34}' + ''.join(f'{short:>14}' for short in METRICS.values()))
    rows = []
    for name, values in found.items():
        summary = {key: [v[key] for v in values] for key in METRICS}
        print(f'{name:34}' + ''.join(f'{np.mean(v):8.4f} ±{np.std(v):.3f}' for v in summary.values()))
        rows.append(dict(name=name, **{key: dict(mean=float(np.mean(v)), std=float(np.std(v))) for key, v in summary.items()}))
    versions = dict(warp_loss=warp_loss.__version__, lightfm_next=version('lightfm-next'))
    append('ml100k', versions, start, data='ml-100k', seeds=args.seeds,
           settings=Recommender().get_params(), lightfm={k: [s, e] for k, (s, e) in LIGHTFM.items()}, rows=rows)
