"""Which loss? Losses of the family on one model, equally tuned, on three sets: `python nbs/benchmarks/which.py`, or with `--sets ml1m --losses bpr softmax` a part.

Every loss trains the same `MatrixFactorization` (64 columns) from the same start, the truncated SVD, with the same optimiser (Adam at .004, along a cosine to
0), for at most 10 epochs; those that draw candidates get 32 of them for each positive. Each has one setting to tune, four values of it: the margin as a share
of the scale for hinges, the scale (one over the temperature) for logistics, and the two settings of cosine contrastive. A tenth of train is held out, and 1,000
random users of it are looked at: the setting is the one with the best ndcg@20 there, with seed 0; the epoch is the best there, with each seed. Five seeds
choose that tenth, the start and all that is drawn; the test part is the same for all, and read only by the five runs with the chosen setting. 'WARP, untuned'
has no setting chosen: the margin is `suggested_margin`. One thread. Needs the data (see `sets.py`).
"""
import argparse
from functools import partial
from statistics import mean
from time import process_time

import torch
from record import append, machine
from sets import citeulike, ml1m, ml100k

import warp_loss as wl
from warp_loss import MatrixFactorization, Popularity, evaluate, fit, random_split

EPOCHS, DIM, TRIALS, LOOKED_AT, METRICS = 10, 64, 32, 1000, ('ndcg@20', 'recall@20', 'precision@20')
MARGINS, SCALES = (.15, .3, .5, .8), (4, 8, 16, 32)


def by_margin(loss, **settings):
    "A loss whose margin is tuned, as a share of the scale of 5."
    return [(f'margin {share}', 5., dict(loss=partial(loss, margin=5. * share, **settings), trials=TRIALS)) for share in MARGINS]


def by_scale(loss):
    "A loss whose scale is tuned."
    return [(f'scale {scale}', float(scale), dict(loss=loss, trials=TRIALS)) for scale in SCALES]


def losses(n_items: int) -> dict:
    "By name: what is tried, each a label, the model's scale, and arguments of `fit`."
    return {
        'WARP, untuned': [('suggested margin', 5., {})],
        'WARP, all candidates': [(f'margin {share}', 5., dict(margin=5. * share)) for share in MARGINS],
        'WARP, reference': by_margin(wl.warp_loss),
        'WSABIE': by_margin(wl.wsabie_loss),
        'WSABIE, counted rank': by_margin(wl.wsabie_loss, rank='count'),
        'LightFM WARP': [(f'margin {share}', 5., dict(loss=wl.LightFMWARPLoss(n_items, margin=5. * share), trials=TRIALS)) for share in MARGINS],
        'WMRB': by_margin(wl.wmrb_loss),
        'adaptive hinge': by_margin(wl.adaptive_hinge_loss),
        'hinge': by_margin(wl.hinge_loss),
        'BPR': by_scale(wl.bpr_loss),
        'sampled softmax': by_scale(wl.sampled_softmax_loss),
        'cosine contrastive': [(f'margin {m}, weight {w}', 1., dict(loss=partial(wl.cosine_contrastive_loss, margin=m, negative_weight=float(w)), trials=TRIALS))
                               for m in (.2, .4) for w in (10, 100)],
    }


def test_apart(data: wl.Interactions) -> tuple[wl.Interactions, wl.Interactions]:
    "Nine tenths to train on, and one to test."
    return random_split(data, .1, generator=torch.Generator().manual_seed(100))


SETS = dict(ml100k=lambda: test_apart(ml100k()), ml1m=ml1m, citeulike=lambda: test_apart(citeulike()))


def held_out(whole: wl.Interactions, seed: int) -> tuple[wl.Interactions, wl.Interactions]:
    "Train, and the validation of some users."
    g = torch.Generator().manual_seed(seed)
    train, validation = random_split(whole, .1, generator=g)
    chosen = torch.zeros(whole.n_users, dtype=torch.bool).index_fill(0, torch.randperm(whole.n_users, generator=g)[:LOOKED_AT], True)
    return train, validation.pick(chosen[validation.user])


def run(train, validation, scale: float, settings: dict, seed: int):
    "A trained model, its best value in the validation, at which epoch, and seconds."
    began, g = process_time(), torch.Generator().manual_seed(seed)
    model = MatrixFactorization(train.n_users, train.n_items, DIM, scale=scale, generator=g).warm_start(train, g)
    history = fit(model, train, validation, epochs=EPOCHS, metric=METRICS[0], generator=g, progress=False, **settings)
    best = max(history, key=lambda line: line[METRICS[0]])
    return model, best[METRICS[0]], best['epoch'], process_time() - began


def compare(name: str, chosen: list[str], seeds: int):
    whole, test = SETS[name]()
    parts = [held_out(whole, seed) for seed in range(seeds)]
    print(name, whole, test, flush=True)
    def tests(model):
        values = evaluate(model, test, whole, k=20)
        return {key: values[key] for key in METRICS}
    popular = [tests(Popularity(whole))]
    tries = losses(whole.n_items)
    for loss in chosen:
        start = machine()
        tried = [dict(setting=label, validation=run(*parts[0], scale, settings, 0)[1]) for label, scale, settings in tries[loss]] if len(tries[loss]) > 1 else []
        best = max(range(len(tried)), key=lambda i: tried[i]['validation'], default=0)
        label, scale, settings = tries[loss][best]
        rows = []
        for seed, (train, validation) in enumerate(parts):
            model, value, epoch, seconds = run(train, validation, scale, settings, seed)
            rows.append(dict(seed=seed, epoch=epoch, seconds=seconds, validation=value, **tests(model)))
        print(f'{loss:22} {label:24}', *(f'{key} {mean(r[key] for r in rows):.4f}' for key in METRICS), f'epoch {mean(r["epoch"] for r in rows):.1f}', flush=True)
        append('which', dict(warp_loss=wl.__version__), start, set=name, loss=loss, setting=label, tried=tried, rows=rows, popular=popular[0])


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sets', nargs='+', default=list(SETS), choices=list(SETS))
    parser.add_argument('--losses', nargs='+', default=list(losses(1)), choices=list(losses(1)))
    parser.add_argument('--seeds', type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    for name in args.sets: compare(name, args.losses, args.seeds)
