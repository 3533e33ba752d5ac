"""What is each knob worth? One at a time turned from the defaults, on a part held out of train: `python nbs/benchmarks/knobs.py`

MovieLens 100K, and 2,000 readers of CiteULike-a (others with `--sets`), less a test part that is never looked at. Each seed chooses a tenth of train to judge on, of
2,000 users at most, the start and all that is drawn; so a run is compared with the defaults' run of the same seed. The knob 'luck' turns nothing but the seed of
start and draws, with the same tenth. A line is added after each run, and runs whose line is there are not repeated: it can be stopped and started again, and at the
end there is a table. Takes half an hour on one core, and `--sets ml-1m --knobs margin lr epochs dim start patience batch_users luck` a quarter of an hour more.
Needs the data (see `sets.py`).
"""
import argparse
import json
from statistics import mean, stdev
from time import process_time

import torch
from record import RESULTS, append, machine
from sets import citeulike, ml1m, ml100k

import warp_loss as wl
from warp_loss import HybridFactorization, MatrixFactorization, evaluate, fit, random_split, suggested_margin, tried_margin

LOOKED_AT, STOPPED_BY = 2000, 500 # users to judge on, and to stop by
DEFAULTS = dict(margin=1., lr=.004, epochs=15, patience=None, dim=128, batch_users=None, pool=4096, scale=5., max_norm=None, bias=True, decay=0., optimizer='Adam',
                schedule='cosine', start='svd', weight='log_floor', histories=False, luck=0)
KNOBS = { # what is tried besides the defaults; the margin is a multiple of the suggested one, and 'tried' is `tried_margin`, as in `Recommender`
    'margin': [.4, .6, .8, 1.25, 'tried'],
    'lr': [.002, .008, .016],
    'epochs': [5, 30],
    'patience': [3, 30], # of 30 epochs, judged on a tenth of what is left, which is not trained on; 30 never stops, and keeps the best epoch
    'dim': [32, 64, 256],
    'batch_users': [16, 256],
    'pool': [256, 1024, 8192],
    'scale': [2.5, 10., None],
    'max_norm': [2.], # without a scale; scores are bounded by its square
    'bias': [False],
    'decay': [1.], # AdamW's
    'optimizer': ['LazyAdam', 'Adagrad', 'SGD'],
    'schedule': ['constant'],
    'start': ['random'],
    'weight': ['harmonic'],
    'histories': [True],
    'luck': [1, 2],
}
RATES = dict(Adagrad=.03, SGD=30.) # of other optimisers, found on ml-100k


def test_apart(data: wl.Interactions) -> wl.Interactions:
    "Nine tenths to train on and to judge on; the rest is the test part of `which.py`, and is left alone."
    return random_split(data, .1, generator=torch.Generator().manual_seed(100))[0]


def some_readers(data: wl.Interactions, n: int) -> wl.Interactions:
    "Of `n` users, and of the items that these have, so that a run takes seconds."
    chosen = torch.zeros(data.n_users, dtype=torch.bool).index_fill(0, torch.randperm(data.n_users, generator=torch.Generator().manual_seed(0))[:n], True)
    part = data.pick(chosen[data.user])
    (users, user), (items, item) = (code.unique(return_inverse=True) for code in (part.user, part.item))
    return wl.Interactions.from_codes(user, item, len(users), len(items))


SETS = { # names, and what is read
    'ml-100k': lambda: test_apart(ml100k()),
    'citeulike-a, 2,000 readers': lambda: test_apart(some_readers(citeulike(), 2000)),
    'citeulike-a': lambda: test_apart(citeulike()),
    'ml-1m': lambda: ml1m()[0],
}


def held_out(whole: wl.Interactions, seed: int, users: int) -> tuple[wl.Interactions, wl.Interactions]:
    "Nine tenths, and of the rest what some users have."
    g = torch.Generator().manual_seed(seed)
    train, held = random_split(whole, .1, generator=g)
    chosen = torch.zeros(whole.n_users, dtype=torch.bool).index_fill(0, torch.randperm(whole.n_users, generator=g)[:users], True)
    return train, held.pick(chosen[held.user])


def run(train: wl.Interactions, held: wl.Interactions, seed: int, **turned) -> dict:
    "Metrics in `held`, CPU seconds of training, the margin as a share of the bound of scores, and how many epochs there were."
    s, seed = argparse.Namespace(**DEFAULTS | turned), seed + 100 * turned.get('luck', 0)
    began, seen, validation = process_time(), train, None
    if s.patience: (train, validation), s.epochs = held_out(train, seed, STOPPED_BY), 30
    if s.max_norm: s.scale = None

    def make(train):
        g = torch.Generator().manual_seed(seed)
        kind = dict(scale=s.scale, bias=s.bias, sparse=s.optimizer == 'LazyAdam', generator=g)
        if s.histories: model = HybridFactorization(train.n_users, train.n_items, s.dim, history=train, **kind)
        else: model = MatrixFactorization(train.n_users, train.n_items, s.dim, max_norm=s.max_norm, **kind)
        return model.warm_start(train, g) if s.start == 'svd' else model

    model, share = make(train), suggested_margin(MatrixFactorization(1, 1, 1, scale=1.), train)
    bound = s.scale or (s.max_norm or 0)**2
    if s.margin == 'tried': margin = tried_margin(make, train, seed)
    else: margin = s.margin * (share * bound if bound else suggested_margin(model, train))
    if s.decay: optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr, weight_decay=s.decay, fused=True)
    elif s.optimizer in RATES: optimizer = getattr(torch.optim, s.optimizer)(model.parameters(), lr=RATES[s.optimizer])
    else: optimizer = wl.default_optimizer(model, s.lr)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer, 1) if s.schedule == 'constant' else None
    history = fit(model, train, validation, epochs=s.epochs, optimizer=optimizer, scheduler=scheduler, patience=s.patience, margin=margin, weight=getattr(wl, s.weight),
                  batch_users=s.batch_users, pool=s.pool, generator=torch.Generator().manual_seed(seed), progress=False)
    seconds = process_time() - began
    value = evaluate(model, held, seen, k=20)
    return dict({key: round(value[key], 5) for key in ('ndcg@20', 'recall@20')}, seconds=round(seconds, 2), margin=round(margin / (bound or 1), 4), epochs=len(history))


def lines() -> dict:
    "What has been measured, by set, knob, value and seed."
    path = RESULTS/'knobs.jsonl'
    rows = map(json.loads, path.read_text().splitlines()) if path.exists() else []
    return {(row['set'], row['knob'], str(row['value']), row['seed']): row for row in rows}


def table(names: list[str]):
    "Change from the defaults under the same seed, mean and standard deviation over seeds."
    done = lines()
    for name in names:
        base = {seed: row for (s, knob, _, seed), row in done.items() if (s, knob) == (name, 'defaults')}
        if not base: continue
        print(f"\n{name}: the defaults have ndcg@20 {mean(r['ndcg@20'] for r in base.values()):.4f}, recall@20 {mean(r['recall@20'] for r in base.values()):.4f}, "
              f"{mean(r['seconds'] for r in base.values()):.1f} CPU seconds, {len(base)} seeds\n{'':24}{'ndcg@20':>18}{'recall@20':>18}{'seconds':>9}")
        for knob, values in KNOBS.items():
            for value in values:
                some = [(done[name, knob, str(value), seed], row) for seed, row in base.items() if (name, knob, str(value), seed) in done]
                if not some: continue
                cells = [[a[key] / b[key] - 1 for a, b in some] for key in ('ndcg@20', 'recall@20')]
                print(f'{knob:12}{value!s:>12}' + ''.join(f'{mean(x):+11.1%} ±{stdev(x) if len(x) > 1 else 0:5.1%}' for x in cells)
                      + f"{mean(a['seconds'] / b['seconds'] for a, b in some):8.1f}×")


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sets', nargs='+', default=list(SETS)[:2], choices=list(SETS))
    parser.add_argument('--knobs', nargs='+', default=list(KNOBS), choices=list(KNOBS))
    parser.add_argument('--seeds', type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    done = lines()
    for name in args.sets:
        whole = SETS[name]()
        for seed in range(args.seeds):
            train, held = held_out(whole, seed, LOOKED_AT)
            for knob, value in [('defaults', None), *((k, x) for k in args.knobs for x in KNOBS[k])]:
                if (name, knob, str(value), seed) in done or (knob == 'pool' and value > train.n_items): continue
                start = machine()
                result = run(train, held, seed, **({} if knob == 'defaults' else {knob: value}))
                print(f'{name} seed {seed} {knob} {value}:', *(f'{key} {x}' for key, x in result.items()), flush=True)
                append('knobs', dict(warp_loss=wl.__version__), start, set=name, knob=knob, value=value, seed=seed, **result)
    table(args.sets)
