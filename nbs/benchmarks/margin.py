"""Which margin suits which data? `python nbs/benchmarks/margin.py`

Three sets, and thinned copies of two of them. A tenth of *train* is held out, a `Recommender` is trained
with the other defaults and each of some margins, and judged on what was held out. The test file of ml-1m is not read. Takes a quarter of an hour on one core.
"""
import argparse
import math
from time import process_time

import torch
from record import append, machine
from sets import citeulike, ml1m, ml100k, thin

import warp_loss
from warp_loss import MatrixFactorization, Recommender, evaluate, random_split, suggested_margin

SHARES = .2, .25, .3, .4, .5, .6, .8, 1., 1.3, 1.6 # margins, of the scale
SETS = { # the share of train that is kept
    'ml-1m': (lambda: ml1m()[0], (1, .25, .06)),
    'ml-100k': (lambda: random_split(ml100k(), .1, torch.Generator().manual_seed(0))[0], (1,)),
    'citeulike-a': (lambda: random_split(citeulike(), .1, torch.Generator().manual_seed(0))[0], (1, .5, .2)),
}

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    start, rows = machine(), []
    for name, (read, kept) in SETS.items():
        whole, held = random_split(read(), .1, torch.Generator().manual_seed(0))
        for share in kept:
            train = thin(whole, share, seed=7)
            each = len(train) / int((train.indptr.diff() > 0).sum())
            rule = suggested_margin(MatrixFactorization(1, 1, 1), train) / 5
            around = sorted(sorted(SHARES, key=lambda m: abs(math.log(m / rule)))[:5])
            points = []
            for margin in around:
                began = process_time()
                model = Recommender(margin=5 * margin, device='cpu').fit(train, progress=False).model
                value = evaluate(model, held, train, k=(10, 20))
                points.append(dict(margin=margin, seconds=process_time() - began, **{key: value[key] for key in ('recall@20', 'ndcg@20', 'precision@10', 'auc')}))
                print(f'{name} {share:4}: {each:5.1f} a user, rule {rule:.2f}; margin {margin:4} of the scale: '
                      f'recall@20 {value["recall@20"]:.4f}, ndcg@20 {value["ndcg@20"]:.4f}', flush=True)
            rows.append(dict(name=name, share=share, each=each, rule=rule, points=points))
    append('margin', dict(warp_loss=warp_loss.__version__), start, settings=Recommender().get_params(), rows=rows)
