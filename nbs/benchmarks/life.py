"""What a model meets after training, people it has not seen and what people say no to: `python nbs/benchmarks/life.py`

Somebody new: a fifth of each user's positives is held out, and a tenth of the users from training altogether. A model with everybody and one without them are
trained; the latter's items are frozen while `fold_in` finds vectors for them, all at once or one after another. Dislikes, on MovieLens 100K: likes are ratings
of 4 and 5, dislikes of 1 and 2, and a fifth of each is held out; a model trains with the dislikes and one without. Everybody has the defaults of `Recommender`.
One thread is timed by processor time, as in `loss.py`. The test file of ml-1m is not read.
"""
import argparse
from statistics import mean, median
from time import perf_counter, process_time

import torch
from record import append, machine
from sets import _path, ml1m, ml100k

import warp_loss
from warp_loss import Interactions, MatrixFactorization, evaluate, fit, random_split, suggested_margin, user_split
from warp_loss.inference import fold_in
from warp_loss.models import Popularity


def trained(train: Interactions, seed: int, dislikes: Interactions|None = None) -> MatrixFactorization:
    g = torch.Generator().manual_seed(seed)
    model = MatrixFactorization(train.n_users, train.n_items, generator=g).warm_start(train, g)
    fit(model, train, dislikes=dislikes, generator=torch.Generator().manual_seed(seed), progress=False)
    return model


def of(data: Interactions, user: torch.Tensor) -> Interactions:
    "What some users have, who get codes from 0."
    row, at = data.slices(user)
    return Interactions.from_codes(row, data.item[at], len(user), data.items)


def somebody_new(data: Interactions, seed: int) -> dict:
    "Metrics of a tenth of the users by how they came in, and milliseconds of folding in so many."
    g = torch.Generator().manual_seed(seed)
    train, held = user_split(data, .2, g)
    new = torch.randperm(train.n_users, generator=g)[:train.n_users // 10]
    rest = train.pick(~torch.isin(train.user, new))
    everybody, model = trained(train, seed), trained(rest, seed)
    margin, seen, test = suggested_margin(model, rest), of(train, new), of(held, new)
    def judge(model, vectors):
        value = evaluate(model.with_users(vectors.detach()), test, seen, 20)
        return {key: value[key] for key in ('recall@20', 'ndcg@20')}
    ms, clock = {}, process_time if torch.get_num_threads() == 1 else perf_counter
    for size in (1, 10, len(new)):
        took = []
        for j in range(5): # others each time, unless it is all
            histories = of(train, new if size == len(new) else new[j * size:(j + 1) * size])
            began = clock()
            fold_in(model, histories, margin=margin)
            took.append(1000 * (clock() - began))
        ms[size] = median(took)
    return dict(seed=seed, n_new=len(new), each=len(seen) / len(new), ms=ms, **{
        'trained in full': judge(everybody, everybody.user_factors[new]),
        'folded in': judge(model, fold_in(model, seen, margin=margin)),
        'one by one': judge(model, torch.cat([fold_in(model, of(train, user), margin=margin) for user in new.split(1)])),
        'biases only': judge(model, model.user_factors[new])})


def ratings() -> tuple[Interactions, Interactions]:
    "Likes and dislikes of MovieLens 100K."
    whole, path = ml100k(), _path('ml-100k/ml-100k.inter')
    columns = dict(user='user_id', item='item_id', rating='rating', users=whole.users, items=whole.items)
    return Interactions.read(path, **columns, min_rating=4), Interactions.read(path, **columns, max_rating=2)


def in_order(model, likes: Interactions, dislikes: Interactions) -> float:
    "Share of pairs of a like and a dislike of a user that are in the right order, half for equal scores; mean over users who have both."
    scores = model.scores(torch.arange(likes.n_users)).detach()
    up, down = (scores[data.user, data.item].split(data.indptr.diff().tolist()) for data in (likes, dislikes))
    return mean(((a[:, None] > b).float() + (a[:, None] == b) / 2).mean().item() for a, b in zip(up, down) if len(a) and len(b))


def say_no(likes: Interactions, dislikes: Interactions, seed: int) -> dict:
    g = torch.Generator().manual_seed(seed)
    (train, liked), (no, disliked) = random_split(likes, .2, g), random_split(dislikes, .2, g)
    seen, found = train.merge(no), dict(seed=seed)
    for name, model in {'likes alone': trained(train, seed), 'with dislikes': trained(train, seed, no), 'popularity': Popularity(train)}.items():
        value, shown = evaluate(model, liked, seen, 20), evaluate(model, disliked, seen, 20)
        found[name] = {key: value[key] for key in ('recall@20', 'ndcg@20', 'auc')} | {
            'disliked recall@20': shown['recall@20'], 'disliked auc': shown['auc'], 'in order': in_order(model, liked, disliked)}
    return found


def show(rows: list[dict]):
    "Mean over seeds, and range."
    for name, metrics in rows[0].items():
        if not isinstance(metrics, dict) or name == 'ms': continue
        values = {key: [row[name][key] for row in rows] for key in metrics}
        print(f'{name:16}' + ', '.join(f'{key} {mean(x):.4f} ({min(x):.4f} to {max(x):.4f})' for key, x in values.items()), flush=True)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seeds', type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    versions, settings = dict(warp_loss=warp_loss.__version__), warp_loss.Recommender().get_params()
    for name, data in {'ml-1m': ml1m()[0], 'ml-100k': ml100k()}.items():
        start = machine()
        rows = [somebody_new(data, seed) for seed in range(args.seeds)]
        print(f"{name}: {rows[0]['n_new']} new users, milliseconds by how many: {[row['ms'] for row in rows]}")
        show(rows)
        append('life', versions, start, what='fold-in', data=name, settings=settings, rows=rows)
    start, (likes, dislikes) = machine(), ratings()
    print(likes, dislikes, sep='\n')
    rows = [say_no(likes, dislikes, seed) for seed in range(args.seeds)]
    show(rows)
    append('life', versions, start, what='dislikes', data='ml-100k', n_likes=len(likes), n_dislikes=len(dislikes), settings=settings, rows=rows)
