"""Real LightFM beside `warp_loss.lightfm` on MovieLens 100K, by LightFM's own protocol: `python nbs/benchmarks/lightfm_home.py`.

Ten random ratings of each user are the test. Ratings of 4 and 5 are positives, others are stored as -1, and left out for `warp-kos`, as LightFM's tests do.
Both train with their defaults, 10 dimensions and 10 epochs, one thread, on the same split and random state, in turn, and are judged on positives alone by the
same functions, nothing left out of the ranking. Seconds are those of `fit`. Needs `pip install lightfm-next scipy`, and the data (see `sets.py`).
"""
import argparse
import sys
from importlib.metadata import version
from time import perf_counter

import numpy as np
import scipy.sparse as sp
import torch
from record import append, machine
from sets import FOLDER, ml100k

import warp_loss
from warp_loss import lightfm as ours
from warp_loss.lightfm.evaluation import auc_score, precision_at_k

LOSSES = ('logistic', 'bpr', 'warp', 'warp-kos')
COLUMNS = ('train precision@10', 'test precision@10', 'train auc', 'test auc', 'seconds')


def signed() -> sp.csr_matrix:
    "1 for ratings of at least 4, -1 for others."
    from warp_loss import Interactions
    every = ml100k()
    read = dict(user='user_id', item='item_id', rating='rating', min_rating=4, users=every.users, items=every.items)
    liked = Interactions.read(FOLDER/'ml-100k/ml-100k.inter', **read)
    value = np.where(liked.contains(every.user, every.item).numpy(), 1, -1).astype(np.float32)
    return sp.csr_matrix((value, (every.user.numpy(), every.item.numpy())), (every.n_users, every.n_items))


def split(data: sp.csr_matrix, seed: int) -> tuple[sp.coo_matrix, sp.coo_matrix]:
    "Train and test: ten of each user's at random."
    x, rng = data.tocoo(), np.random.RandomState(seed)
    order = rng.permutation(x.nnz)
    order = order[np.argsort(x.row[order], kind='stable')]
    place = np.arange(x.nnz) - np.searchsorted(x.row[order], np.arange(x.shape[0]))[x.row[order]]
    parts = (rng.permutation(order[place >= 10]), rng.permutation(order[place < 10]))
    train, test = (sp.coo_matrix((x.data[part], (x.row[part], x.col[part])), x.shape) for part in parts)
    return train, test


def positives(x: sp.coo_matrix) -> sp.csr_matrix:
    x = x.tocsr()
    x.data[x.data < 0] = 0
    x.eliminate_zeros()
    return x


def judge(cls, loss: str, train, test, seed: int, epochs: int) -> list[float]:
    model = cls(loss=loss, random_state=seed)
    fit_on, liked, held = positives(train) if loss == 'warp-kos' else train, positives(train), positives(test)
    began = perf_counter()
    model.fit(fit_on, epochs=epochs)
    took = perf_counter() - began
    if not isinstance(model, ours.LightFM): model = ours.from_lightfm(model, device='cpu')
    return [float(f(model, x).mean()) for f in (precision_at_k, auc_score) for x in (liked, held)] + [took]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=5, help='how many splits and random states')
    parser.add_argument('--epochs', type=int, default=10)
    args = parser.parse_args()
    try: from lightfm import LightFM
    except ImportError as e: sys.exit(f'{e}: `pip install lightfm-next`')
    class OnCPU(ours.LightFM):
        def __init__(self, **settings): super().__init__(device='cpu', **settings)
    torch.set_num_threads(1)
    start = machine()
    data, found = signed(), {}
    print(data.shape, data.nnz, start)
    judge(OnCPU, 'warp', *split(data, 0), 0, 1) # the first call of anything takes longer
    for seed in range(args.seeds):
        for loss in LOSSES:
            for name, cls in (('LightFM', LightFM), ('warp_loss.lightfm', OnCPU)):
                found.setdefault((loss, name), []).append(judge(cls, loss, *split(data, seed), seed, args.epochs))
        print(f'seed {seed} done', flush=True)
    print(f'{"":28}' + ''.join(f'{column:>22}' for column in COLUMNS) + f'{"fastest":>10}')
    rows = []
    for (loss, name), values in found.items():
        mean, std = np.mean(values, 0), np.std(values, 0)
        print(f'{loss:9} {name:18}' + ''.join(f'{m:15.4f} ±{s:.4f}' for m, s in zip(mean, std)) + f'{min(v[-1] for v in values):10.3f}')
        rows.append(dict(loss=loss, name=name, fastest=min(v[-1] for v in values),
                         **{column: dict(mean=float(m), std=float(s)) for column, m, s in zip(COLUMNS, mean, std)}))
    versions = dict(warp_loss=warp_loss.__version__, lightfm_next=version('lightfm-next'))
    append('lightfm_home', versions, start, data='ml-100k', seeds=args.seeds, epochs=args.epochs, rows=rows)
