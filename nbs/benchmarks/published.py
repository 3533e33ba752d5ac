"""The published packages, run: what each really does beside the formula that describes it.

The packages do not fit in one environment, so the script runs once in each, does what can be done there, and adds one line to `results/published.jsonl`;
`published.ipynb` reads the newest result of each comparison. This package must be importable there: `PYTHONPATH=.` is enough.

    pip install lightfm-next==1.19.0 implicit==0.7.3          # compiled; both are found by import
    pip install lenskit==2025.8.1                             # in an environment of its own; found by import
    pip install --no-deps --target DIR warp_loss==0.0.1       # --published DIR
    pip download --no-deps collie==1.3.1 && unzip -d DIR *.whl   # --collie DIR: its losses need only PyTorch, the rest of it needs an old Lightning
    python3.8 -m venv ENV && ENV/bin/pip install 'numpy<1.25' pandas wheel && ENV/bin/pip install --no-build-isolation rankfm==0.2.5   # --rankfm ENV/bin/python

    python nbs/benchmarks/published.py --published DIR --collie DIR --rankfm ENV/bin/python

How a compiled package is made to tell what it did: scores are set by hand, and one step is taken from a state in which the step shows everything. In LightFM biases
start at 0 and the rate is 1, so that they become the very factor the package applied, on the positive and the negative it chose. In RankFM and implicit every user has
the same scores and vectors of 0, and the rate is so small that no step disturbs the next; a user's vector then tells item and factor. A table of draws is
compared with the closed form by Pearson's χ²; a step with the gradient of the formula by the largest absolute difference.
"""
import argparse
import importlib
import importlib.util
import inspect
import json
import math
import os
import re
import subprocess
import sys
import types
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault('LK_TORCH_COMPILE', 'false')

import numpy as np
import torch
from record import append, machine
from torch import Tensor, tensor
from torch.nn.functional import logsigmoid

import warp_loss as ours
from warp_loss.variants import (adaptive_hinge_loss, bpr_loss, collie_warp_loss, hinge_loss, lenskit_warp_loss, lightfm_kos_loss, lightfm_warp_loss,
                                rankfm_warp_loss)

SEED = 1

# Ours: one small function for each comparison ------------------------------------------------------------------------------------------------------------------

def ours_lightfm(pos, neg, num_labels, neg_mask=None, sample_weight=None) -> Tensor:
    return lightfm_warp_loss(pos, neg, num_labels, neg_mask=neg_mask, sample_weight=sample_weight, reduction='none')

def ours_kos(pos, neg, num_labels, neg_mask=None) -> Tensor:
    "Of the positive chosen already."
    return lightfm_kos_loss(pos[:, None], neg, num_labels, k=1, neg_mask=neg_mask, reduction='none')

def ours_rankfm(pos, neg, num_labels) -> Tensor: return rankfm_warp_loss(pos, neg, num_labels, reduction='none')
def ours_collie(pos, neg, num_labels) -> Tensor: return collie_warp_loss(pos, neg, num_labels)
def ours_lenskit(pos, neg, num_labels) -> Tensor: return lenskit_warp_loss(pos, neg, num_labels, reduction='none')
def ours_bpr(pos, neg) -> Tensor: return bpr_loss(pos, neg, reduction='none')

# Formulas of what has no preset

def collie_mean(rows) -> Tensor: return (rows.sum() + rows.square().sum()) / len(rows)
def collie_bpr(pos, neg) -> Tensor: return collie_mean(1 - torch.sigmoid(pos - neg))
def collie_hinge(pos, neg) -> Tensor: return collie_mean(hinge_loss(pos, neg[:, None], reduction='none'))
def collie_adaptive(pos, neg) -> Tensor: return collie_mean(adaptive_hinge_loss(pos, neg, reduction='none'))

def shipped_lenskit(pos, neg, num_labels) -> Tensor:
    "Rows, of the one candidate that LensKit draws."
    rank = torch.full_like(pos, (num_labels - 1) / 2)
    return (rank.log() + np.euler_gamma + 1 / (2*rank) - 1 / (12*rank**2) + 1 / (120*rank**4)) * -logsigmoid(pos - neg[:, 0])

# Observed beside expected --------------------------------------------------------------------------------------------------------------------------------------

def chi2(counts, expected) -> dict:
    "Counts beside the probabilities of the closed form, with the probability of being this far off by chance."
    counts, expected = np.asarray(counts, float), np.asarray(expected, float)
    expected = expected / expected.sum() * counts.sum()
    live = expected > 0
    x = ((counts - expected)[live]**2 / expected[live]).sum()
    p = torch.special.gammaincc(tensor((live.sum() - 1) / 2, dtype=torch.float64), tensor(x / 2, dtype=torch.float64)).item()
    return dict(observed=counts.astype(int).tolist(), expected=expected.round(2).tolist(), p=p if counts[~live].sum() == 0 else 0.)

def first_trial(p: float, T: int) -> list[float]:
    "Probabilities of the first violator at trial 1...T, and of none."
    return [p * (1 - p)**t for t in range(T)] + [(1 - p)**T]

def trial_of(factor, found, factors) -> np.ndarray:
    "Trial of the catch by the factor, all of which differ; one more than there are if there was none."
    return np.where(found, 1 + np.abs(np.asarray(factor)[:, None] - factors).argmin(1), len(factors) + 1)

def far(a, b) -> float: return float(np.abs(np.asarray(a, float) - np.asarray(b, float)).max())

def counts(values, among) -> list[int]: return [int(np.sum(np.asarray(values) == v)) for v in among]

# LightFM -------------------------------------------------------------------------------------------------------------------------------------------------------

class LightFMProbe:
    "A model of one user with the vector (1), whose items have the scores given; a step from there shows what it did."
    def __init__(self, scores, loss: str, **opts):
        from lightfm import LightFM
        self.scores, self.model = np.asarray(scores, np.float32), LightFM(no_components=1, loss=loss, learning_rate=1., random_state=SEED, **opts)
        self.model._initialize(1, len(scores), 1) # Adagrad's sums start at 1, so the first step is the rate times the gradient

    def reset(self):
        m = self.model
        for name in ('item_bias_gradients', 'user_bias_gradients', 'item_embedding_gradients', 'user_embedding_gradients', 'user_embeddings'): getattr(m, name).fill(1)
        m.item_biases.fill(0), m.user_biases.fill(0)
        m.item_embeddings[:, 0] = self.scores

    def fit(self, data, weight=None):
        "One epoch of `fit_partial`."
        self.reset()
        self.model.fit_partial(data, sample_weight=weight)

    def kos(self, positives, user):
        "The compiled function on one row of a user with these positives; `fit_partial` would take as many rows as there are positives."
        import scipy.sparse as sp
        from lightfm._lightfm_fast import CSRMatrix, fit_warp_kos
        self.reset()
        m, eye = self.model, lambda n: CSRMatrix(sp.identity(n, dtype=np.float32, format='csr'))
        fit_warp_kos(eye(len(self.scores)), eye(1), CSRMatrix(positives), user, user, m._get_lightfm_data(), 1., 0., 0., m.k, m.n, 1, m.random_state)

    def read(self) -> tuple[int, int, float]:
        "Positive, negative and the factor applied to the pair; -1, -1, 0 if there was no step."
        b = self.model.item_biases
        pos, neg = int(b.argmax()), int(b.argmin())
        return (pos, neg, float(b[pos])) if b[pos] > 0 else (-1, -1, 0.)

    def step(self) -> list[np.ndarray]:
        "What was added to item vectors, item biases, the user's vector and the user's bias."
        m = self.model
        return [m.item_embeddings[:, 0] - self.scores, m.item_biases.copy(), m.user_embeddings[0] - 1, m.user_biases.copy()]


def expected_step(loss, scores, pos: int, neg: int, t: int, n: int, masked: bool = False) -> list[np.ndarray]:
    "The same by the gradient of `loss` at the candidates that made trial `t` the catch: calm ones before it, or known positives that are masked."
    items, bias, user, user_bias = [x.requires_grad_() for x in (tensor(scores), torch.zeros(n), torch.ones(1), torch.zeros(1))]
    s = items * user + bias + user_bias
    before, mask = (s[pos].expand(t - 1), tensor([[True]*(t - 1) + [False]])) if masked else (s[pos].expand(t - 1) - 2, None)
    rows = loss(s[pos][None], torch.cat([before, s[neg][None]])[None], n, neg_mask=mask)
    return [-g.numpy() for g in torch.autograd.grad(rows.sum(), (items, bias, user, user_bias))]


N, T, OWN, BAD = 200, 10, 80, 20 # items, trials, known items of the user of which 30 would violate, violators that are no known items

def lightfm_scores() -> np.ndarray:
    "Item 0 is the positive with 2 points; items 0...29 and 80...99 violate."
    s = np.random.default_rng(SEED).uniform(-1, .9, N).astype(np.float32)
    s[:30] = np.linspace(2, 3, 30)
    s[OWN:OWN + BAD] = np.linspace(1.1, 2.5, BAD)
    return s

def lightfm_draws(value: float, runs: int) -> tuple[list, list]:
    "(positive, negative, factor) of many single steps; the 79 other known items are stored as `value` and weigh 0."
    import scipy.sparse as sp
    cols, rows = np.arange(OWN, dtype=np.int32), np.zeros(OWN, dtype=np.int32)
    data = sp.coo_matrix((np.where(cols == 0, 1, value).astype(np.float32), (rows, cols)), shape=(1, N))
    weight = sp.coo_matrix(((cols == 0).astype(np.float32), (rows, cols)), shape=(1, N))
    probe, out, steps = LightFMProbe(lightfm_scores(), 'warp', max_sampled=T), [], {}
    for _ in range(runs):
        probe.fit(data, weight)
        out.append(probe.read())
        if out[-1] not in steps: steps[out[-1]] = probe.step()
    return out, steps

def lightfm_warp() -> dict:
    factors = np.log([(N - 1) // t for t in range(1, T + 1)]) # all different
    result = {}
    for name, value, runs in (('positives', 1., 20_000), ('stored -1', -1., 10_000)):
        out, steps = lightfm_draws(value, runs)
        neg, factor = np.array([o[1] for o in out]), np.array([o[2] for o in out])
        found = neg >= 0
        trial = trial_of(factor, found, factors)
        table = counts(trial, range(1, T + 2))
        result[name] = dict(runs=runs, trials=chi2(table, first_trial(BAD / N, T)), negatives=chi2(counts(neg, range(OWN, OWN + BAD)), np.ones(BAD)),
                            known_as_negative=int(((neg >= 0) & (neg < OWN)).sum()), factor_max_abs_diff=far(factor[found], factors[trial[found] - 1]),
                            mean_factor=[float(factor.mean()), float(np.dot(first_trial(BAD / N, T)[:T], factors))],
                            p_if_known_rejected=chi2(table, first_trial(BAD / (N - OWN), T))['p'],
                            p_if_known_violators_free=chi2(table, first_trial(BAD / (N - 30), T))['p'])
    diffs, user_bias = [], []
    for (pos, n, factor), step in steps.items():
        if pos < 0: continue
        t = int(trial_of([factor], True, factors)[0])
        for masked in (False, True):
            want = expected_step(ours_lightfm, lightfm_scores(), pos, n, t, N, masked)
            diffs.append(max(far(a, b) for a, b in zip(step[:3], want[:3])))
        user_bias.append((float(step[3][0]), float(want[3][0]), factor))
    result['gradient'] = dict(steps=len(user_bias), max_abs_diff=max(diffs), user_bias_is_minus_factor=far([b for b, _, _ in user_bias], [-f for _, _, f in user_bias]),
                              user_bias_of_formula=max(abs(w) for _, w, _ in user_bias))
    return result

def lightfm_clip() -> dict:
    "Factor of a step caught at trial 1, by the sample weight."
    import scipy.sparse as sp
    rows = []
    for n in (200, 1683, 30_000):
        probe = LightFMProbe(np.full(n, 2.), 'warp')
        data = sp.coo_matrix((np.ones(1, np.float32), ([0], [0])), shape=(1, n), dtype=np.float32)
        for w in (.5, 1., 2., 3.):
            probe.model.random_state = np.random.RandomState(SEED)
            probe.fit(data, sp.coo_matrix((np.full(1, w, np.float32), ([0], [0])), shape=(1, n), dtype=np.float32))
            pos, neg = tensor([2.], requires_grad=True), tensor([[2.]])
            grad = torch.autograd.grad(ours_lightfm(pos, neg, n, sample_weight=tensor([w])).sum(), pos)[0].item()
            rows.append(dict(items=n, weight=w, factor=probe.read()[2], ours=-grad, without_clip=w * math.log(n - 1)))
    return dict(rows=rows)

def lightfm_user_bias() -> dict:
    "Plain training on random interactions: the user biases, which rank nothing."
    import scipy.sparse as sp
    from lightfm import LightFM
    rng = np.random.default_rng(SEED)
    data, model, rows = sp.coo_matrix((rng.random((100, 300)) < .05).astype(np.float32)), LightFM(loss='warp', random_state=SEED), []
    for epoch in (1, 10, 30, 100):
        model.fit_partial(data, epochs=epoch - (rows[-1]['epoch'] if rows else 0))
        b = model.user_biases
        rows.append(dict(epoch=epoch, mean=float(b.mean()), most=float(b.max()), negative=float((b < 0).mean())))
    return dict(rows=rows)

def lightfm_small() -> dict:
    "More trials than labels: how many of 1,000 fits end with 'Not all estimated parameters are finite', beside the probability of a catch at trial N or later."
    import scipy.sparse as sp
    data = sp.coo_matrix((np.ones(1, np.float32), ([0], [0])), shape=(1, 5))
    result = {}
    for loss in ('warp', 'warp-kos'):
        probe, failed, steps = LightFMProbe([2, 2, 0, 0, 0], loss, max_sampled=50, k=1, n=1), 0, 0
        for _ in range(1000):
            try:
                probe.fit(data)
                steps += probe.read()[0] >= 0
            except ValueError as e: failed += 'Not all estimated parameters are finite' in str(e)
        result[loss] = dict(failed=failed, stepped=steps)
    exact = LightFMProbe([2, 1, 1, 1, 1], 'warp') # exactly a margin below; the positive itself violates, but is known
    result['steps_at_exact_margin'] = 0
    for _ in range(200):
        exact.fit(data)
        result['steps_at_exact_margin'] += exact.read()[0] >= 0
    p_late = .8**4 - .8**50
    return result | dict(kos=chi2([result['warp-kos']['failed'], 1000 - result['warp-kos']['failed']], [p_late, 1 - p_late]))

def lightfm_kos() -> dict:
    import scipy.sparse as sp
    scores = lightfm_scores()
    scores[:OWN] = np.random.default_rng(SEED).uniform(-1, .9, OWN)
    result = dict(settings=[])
    factors = np.log([(N - 1) // t for t in range(1, T + 1)])
    for k, n, m in ((5, 10, 12), (5, 10, 6), (2, 4, 6), (5, 10, 3)):
        scores[:40] = 0
        scores[:m] = 2 + np.arange(m)[::-1] / 1000 # the first is the best; all of them violate, as all are drawn among the negatives too
        scores[OWN:OWN + BAD] = np.linspace(1.2, 1.9, BAD)
        probe = LightFMProbe(scores, 'warp-kos', k=k, n=n, max_sampled=T)
        positives, user = sp.csr_matrix((np.ones(m, np.float32), (np.zeros(m, int), np.arange(m))), shape=(1, N), dtype=np.float32), np.zeros(1, np.int32)
        out, steps = [], {}
        for _ in range(8000):
            probe.kos(positives, user)
            out.append(probe.read())
            if out[-1] not in steps: steps[out[-1]] = probe.step()
        drawn = min(n, m)
        kth = min(k, drawn)
        at_least = [sum(math.comb(drawn, i) * (r / m)**i * (1 - r / m)**(drawn - i) for i in range(kth, drawn + 1)) for r in range(m + 1)] # k-th best among the best r
        pos, factor = np.array([o[0] for o in out]), np.array([o[2] for o in out])
        found = pos >= 0
        trial = trial_of(factor, found, factors)
        chance = np.diff(at_least)
        few = chance * found.sum() < 5 # ranks too rare for χ² count as one
        table, share = np.array(counts(pos, range(m))), chance
        places = [int(i) + 1 for i in np.flatnonzero(~few)] + (['rest'] if few.any() else [])
        if few.any(): table, share = np.append(table[~few], table[few].sum()), np.append(share[~few], share[few].sum())
        diff = max(max(far(a, b) for a, b in zip(step[:3], expected_step(ours_kos, scores, p, q, int(trial_of([f], True, factors)[0]), N)[:3]))
                   for (p, q, f), step in steps.items() if p >= 0)
        result['settings'].append(dict(k=k, n=n, positives=m, places=places, kth_best=chi2(table, share),
                                       trials=chi2(counts(trial, range(1, T + 2)), first_trial(BAD / N, T)),
                                       negatives=chi2(counts([o[1] for o in out], range(OWN, OWN + BAD)), np.ones(BAD)),
                                       factor_max_abs_diff=far(factor[found], factors[trial[found] - 1]), gradient_max_abs_diff=diff))
    probe = LightFMProbe(np.full(5, 2.), 'warp-kos', k=1, n=1)
    probe.fit(sp.coo_matrix((-np.ones(1, np.float32), ([0], [3])), shape=(1, 5)))
    return result | dict(stored_minus_one=dict(pushed_up=probe.read()[0] == 3, factor=probe.read()[2]))

def lightfm_bpr() -> dict:
    "One user's single positive, item 0, beside users who weigh nothing and make items 1...5 popular to different degrees."
    import scipy.sparse as sp
    popular, scores = [5, 10, 20, 30, 34], np.array([.5, -1., 0., .4, 1., 3., 5.], np.float32) # nobody has item 6
    cols = np.repeat(np.arange(6), [1] + popular).astype(np.int32)
    rows = np.arange(len(cols), dtype=np.int32)
    data = sp.coo_matrix((np.ones(len(cols), np.float32), (rows, cols)), shape=(len(cols), 7))
    weight = sp.coo_matrix(((cols == 0).astype(np.float32), (rows, cols)), shape=data.shape)
    probe = LightFMProbe(scores, 'bpr')
    probe.model._initialize(1, 7, len(cols))
    out, steps = [], {}
    for _ in range(8000):
        probe.fit(data, weight)
        out.append(probe.read())
        if out[-1] not in steps: steps[out[-1]] = probe.step()
    diffs = []
    for (pos, neg, _), step in steps.items():
        want = expected_step(lambda p, n, _, neg_mask: ours_bpr(p, n), scores, pos, neg, 1, 7)
        diffs.append(max(far(step[i], want[i]) for i in range(3)))
    both = sp.coo_matrix((np.ones(2, np.float32), ([0, 0], [0, 1])), shape=(1, 2)) # who has every item still gets a negative, a positive
    probe, moved = LightFMProbe([.5, -1.], 'bpr'), 0
    for _ in range(1000):
        probe.fit(both)
        moved += probe.read()[0] >= 0
    return dict(negatives=chi2(counts([o[1] for o in out], range(7)), [0] + popular + [0]), gradient_max_abs_diff=max(diffs),
                user_bias_is_minus_factor=max(abs(step[3][0] + key[2]) for key, step in steps.items()).item(), user_with_every_item_moved=moved / 1000)

# implicit ------------------------------------------------------------------------------------------------------------------------------------------------------

def implicit_bpr() -> dict:
    from implicit.cpu.bpr import RNGVector, bpr_update
    rng = np.random.default_rng(SEED)
    def updates(indptr, items, X, Y, seed, verify, rate, reg):
        users = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)).astype(np.int32)
        return bpr_update(RNGVector(1, len(items) - 1, np.array([seed])), users, np.asarray(items, np.int32), np.asarray(indptr, np.int32), X, Y, rate, reg, 1, verify)
    # Two users, an item each: of the two draws of an epoch take the cases where one was skipped, so that one step is left
    diffs, seed, rate, reg = [], 0, .1, .03
    while len(diffs) < 40:
        X, Y = rng.normal(size=(2, 4)).astype(np.float32), rng.normal(size=(2, 4)).astype(np.float32)
        X[:, 3], X0, Y0, seed = 1, X.copy(), Y.copy(), seed + 1
        X0[:, 3] = 1
        if updates([0, 1, 2], [0, 1], X, Y, seed, True, rate, reg)[1] != 1: continue
        u = int(np.abs(X - X0).sum(1).argmax())
        x, y = tensor(X0).requires_grad_(), tensor(Y0).requires_grad_()
        loss = ours_bpr((x[u] @ y[u])[None], (x[u] @ y[1 - u])[None, None]).sum() + reg / 2 * (x[u, :3].square().sum() + y.square().sum())
        gx, gy = torch.autograd.grad(loss, (x, y))
        gx[:, 3] = 0 # the column of ones, by which the item's bias enters
        diffs.append(max(far(X, X0 - rate * gx.numpy()), far(Y, Y0 - rate * gy.numpy())))
    # Many users of item 0, and others who make items 1...5 popular: a user's vector, 0 before, tells the negative
    popular, probes, rate = [500, 1000, 2000, 3000, 3500], 10_000, 1e-12
    items = np.repeat(np.arange(6), [probes] + popular)
    Y = np.stack([np.arange(6), np.arange(6) == 0, [.5, -1., .25, .4, 1., 3.]], 1).astype(np.float32) # number, mark of the positive, bias
    X = np.zeros((len(items), 3), np.float32)
    X[:, 2] = 1
    skipped = updates(np.arange(len(items) + 1), items, X, Y, SEED, True, rate, 0.)[1]
    z = 1 / (1 + np.exp(Y[0, 2] - Y[1:, 2]))
    step = X[:probes, :2] / np.float32(rate)
    near = np.abs(step[:, 1:] - z) + np.abs(step[:, :1] + z * np.arange(1, 6)) # users drawn once; twice gives other sums
    neg = np.where(near.min(1) < 1e-5, 1 + near.argmin(1), 0)
    share = np.bincount(items) / len(items)
    same = float((share**2).sum())
    # A user who has both items
    own = {}
    for verify in (True, False):
        X, Y = np.ones((1, 2), np.float32), np.array([[0, .5], [0, -1.]], np.float32)
        skips = sum(updates([0, 2], [0, 1], X, Y, s, verify, .1, 0.)[1] for s in range(100))
        own[str(verify)] = dict(draws=200, skipped=skips, moved=bool(Y[0, 1] != .5))
    return dict(gradient_max_abs_diff=max(diffs), negatives=chi2(counts(neg, range(1, 6)), popular),
                skipped=chi2([skipped, len(items) - skipped], [same, 1 - same]), user_with_every_item=own)

# warp_loss 0.0.1 -----------------------------------------------------------------------------------------------------------------------------------------------

def by_path(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def published_warp(folder: str) -> dict:
    theirs, g, worst, rows = by_path('published_losses', Path(folder)/'warp_loss'/'losses.py').warp_loss, torch.Generator().manual_seed(SEED), [0.]*3, 0
    for batch, trials, n, lead in [(b, t, n, lead) for b in (1, 7, 64) for t in (1, 10, 50) for n in (100, 10_000) for lead in (0, 2, 4)]:
        pos, neg = torch.randn(batch, 1, generator=g) + lead, torch.randn(batch, trials, generator=g)
        both = []
        for loss in (ours.warp_loss, theirs):
            p, q = pos.clone().requires_grad_(), neg.clone().requires_grad_()
            value = loss(p, q, n, p.device)
            value.backward()
            both.append((value.detach(), p.grad, q.grad))
        worst = [max(w, ((a - b).abs() / (1 if i else b.abs().clamp(min=1))).max().item()) for i, (w, a, b) in enumerate(zip(worst, *both))]
        rows += batch
    cpu = torch.device('cpu')
    calm = [loss(torch.full((1, 1), 9.), torch.zeros(1, 5), n, cpu).item() for loss in (ours.warp_loss, theirs) for n in (6, 7)] # 5 trials + 1 > N - 1, or not
    late = [loss(torch.full((1, 1), 2.), tensor([[0.]*9 + [2.]]), 5, cpu).item() for loss in (ours.warp_loss, theirs)]
    text = lambda x: x if math.isfinite(x) else str(x)
    return dict(rows=rows, value_max_rel_diff=worst[0], gradient_max_abs_diff=max(worst[1:]), calm=dict(ours=calm[:2], theirs=[text(x) for x in calm[2:]]),
                late=dict(ours=late[0], theirs=text(late[1])))

# collie --------------------------------------------------------------------------------------------------------------------------------------------------------

def collie_losses(folder: str) -> dict:
    package = types.ModuleType('collie') # without the package's own __init__, which needs Lightning
    package.__path__ = [str(Path(folder)/'collie')]
    sys.modules['collie'] = package
    theirs, g, diffs = importlib.import_module('collie.loss'), torch.Generator().manual_seed(SEED), dict(warp=0., bpr=0., hinge=0., adaptive_hinge=0., adaptive_bpr=0.)
    def differ(name, a, b, pos, neg):
        grads = [torch.autograd.grad(x, (pos, neg)) for x in (a, b)]
        diffs[name] = max([diffs[name], (a - b).abs().item() / max(1, b.abs().item())] + [((x - y).abs() / y.abs().clamp(min=1)).max().item() for x, y in zip(*grads)])
    for batch, trials, n, lead in [(b, t, n, lead) for b in (1, 7, 64) for t in (1, 10, 50) for n in (60, 10_000) for lead in (0, 2, 4)]:
        pos, neg = (torch.randn(batch, generator=g) + lead).requires_grad_(), torch.randn(batch, trials, generator=g).requires_grad_()
        differ('warp', theirs.warp_loss(pos, neg.T, n), ours_collie(pos, neg, n), pos, neg)
        differ('bpr', theirs.bpr_loss(pos, neg[:, 0]), collie_bpr(pos, neg[:, 0]), pos, neg)
        differ('hinge', theirs.hinge_loss(pos, neg[:, 0]), collie_hinge(pos, neg[:, 0]), pos, neg)
        differ('adaptive_hinge', theirs.adaptive_hinge_loss(pos, neg.T), collie_adaptive(pos, neg), pos, neg)
        differ('adaptive_bpr', theirs.adaptive_bpr_loss(pos, neg.T), collie_bpr(pos, neg.amax(1)), pos, neg)
    pos, neg = tensor([2.], requires_grad=True), torch.tensor([[0.]*9 + [2.]]) # caught at trial 10 of 10, of 5 labels
    late = theirs.warp_loss(pos, neg.T, 5)
    weight, mild = math.log(5 / 10), ours_collie(pos, neg, 5).item()
    return dict(max_rel_diff=diffs, late=dict(value=late.item(), ours=mild, weight=weight, weight_and_square=weight + weight**2,
                                              gradient_of_positive=torch.autograd.grad(late, pos)[0].item()))

# RankFM --------------------------------------------------------------------------------------------------------------------------------------------------------

def rankfm_runner():
    "Prints the steps of all users as JSON. Its source is sent to an interpreter that has only NumPy and RankFM."
    import json
    import sys

    import numpy as np
    from rankfm import _rankfm

    def steps(scores, known, users, trials, eta, weight=1.):
        f32, n = np.float32, len(scores)
        interactions, none = np.zeros((users, 2), np.int32), np.zeros((users, 1), f32)
        interactions[:, 0] = np.arange(users)
        w, v_u, v_i = np.array(scores, f32), np.zeros((users, 2), f32), np.zeros((n, 2), f32)
        v_i[:, 0], v_i[0, 1] = np.arange(n), 1 # number of the item, mark of the positive
        own = {u: np.array(known, np.int32) for u in range(users)}
        _rankfm._fit(interactions, np.full(users, weight, f32), own, none, np.zeros((n, 1), f32), w, np.zeros(1, f32), v_u, v_i,
                     np.zeros((1, 2), f32), np.zeros((1, 2), f32), 0., 0., eta, 'constant', .25, trials, 1, False)
        return (v_u.astype(float) / float(f32(eta))).tolist()

    np.random.seed(1) # it shuffles the rows
    jobs = json.load(sys.stdin)
    out = []
    for job in jobs:
        try: out.append(steps(**job))
        except AssertionError as e: out.append(str(e))
    print(json.dumps(out))

def rankfm(python: str) -> dict:
    n, trials, known, bad, calm = 200, 10, 20, 20, 160
    scores = np.concatenate([[2.], np.full(known - 1, 3.), np.linspace(1.1, 2.5, bad), np.linspace(-1., .9, calm)]).astype(np.float32) # the known ones would all violate
    base = dict(scores=scores.tolist(), known=list(range(known)), trials=trials, eta=1e-12)
    jobs = [base | dict(users=30_000), base | dict(users=200, weight=3.)] + [base | dict(users=1)]*5 
    jobs += [base | dict(users=1, trials=3, scores=[2.] + [1.]*(n - 1))] # exactly a margin below
    jobs += [dict(scores=[2., 0., 0., 0., 0.], known=[0], users=1, trials=t, eta=1e-3) for t in (4, 5)]
    code = 'import sys\n' + inspect.getsource(rankfm_runner) + '\nrankfm_runner()'
    run = subprocess.run([python, '-c', code], input=json.dumps(jobs), capture_output=True, text=True)
    if run.returncode: sys.exit(f'RankFM failed in {python}:\n{run.stderr}')
    draws, weighted, *again, exactly, enough, beyond = json.loads(run.stdout)
    def decode(steps):
        s = np.array(steps)
        neg = np.round(-s[:, 0] / s[:, 1]).astype(int)
        lead = scores[0].astype(float) - scores[neg]
        return neg, s[:, 1] * (1 + np.exp(lead)) # the logistic's slope divided out leaves the multiplier
    neg, factor = decode(draws)
    caught = neg < known + bad
    floor, exact = [np.array([math.log(r) / math.log(n) for r in ranks]) for ranks in ([(n - 1) // t for t in range(1, 11)], [(n - 1) / t for t in range(1, 11)])]
    trial = trial_of(factor, caught, floor)
    table = counts(trial, range(1, trials + 2))
    hardest = [(r / calm)**trials for r in range(calm + 1)] # none of ten is above the r-th
    bins = np.array([0, *range(100, 160, 6), 160]) # of the calm items, by score
    spread = np.histogram(neg[~caught] - known - bad, bins)[0]
    diffs = []
    for j, t, f in {(int(j), int(t), round(float(f), 6)) for j, t, f in zip(neg, trial, factor)}:
        pos, other = tensor([scores[0]], requires_grad=True), torch.full((1, trials), -2.)
        other[0, min(t, trials) - 1] = float(scores[j])
        slope = -torch.autograd.grad(ours_rankfm(pos, other, n).sum(), pos)[0].item()
        diffs.append(abs(slope - f / (1 + math.exp(scores[0].astype(float) - scores[j]))))
    at = np.minimum(trial, trials) - 1
    return dict(runs=len(neg), trials=chi2(table, first_trial(bad / (n - known), trials)), p_if_known_cost_a_trial=chi2(table, first_trial(bad / n, trials))['p'],
                negatives=chi2(counts(neg[caught], range(known, known + bad)), np.ones(bad)), known_as_negative=int((neg < known).sum()),
                hardest_of_none=chi2(spread, np.diff([hardest[b] for b in bins])),
                multiplier=dict(max_abs_diff_floor=far(factor, floor[at]), max_abs_diff_without_floor=far(factor, exact[at])),
                gradient_max_abs_diff=max(diffs), weight_3_max_abs_diff=float(np.abs(decode(weighted)[1][:, None] - 3 * floor).min(1).max()),
                outcomes_of_five_calls=len({str(a) for a in again}),
                multiplier_at_exact_margin=[exactly[0][1] * (1 + math.e), math.log((n - 1) // 3) / math.log(n)],
                trials_4_of_5_items=enough if isinstance(enough, str) else 'finite', trials_5_of_5_items=beyond)

# LensKit -------------------------------------------------------------------------------------------------------------------------------------------------------

def lenskit() -> dict:
    import pandas as pd
    from lenskit.data import from_interactions_df
    from lenskit.flexmf import FlexMFImplicitScorer
    from lenskit.flexmf._implicit import _loss_warp
    from lenskit.training import TrainingOptions
    n, own, bad, users = 200, 20, 18, 2000
    rng = np.random.default_rng(SEED)
    pairs = [(u, i) for u in range(users) for i in ([0, *range(1, own)] if u else range(n))] # user 0 has everything, so that every item exists
    data = from_interactions_df(pd.DataFrame(pairs, columns=['user_id', 'item_id']))
    trainer = FlexMFImplicitScorer(preset='warp', embedding_size=1, reg_method=None, batch_size=users - 1).create_trainer(data, TrainingOptions(rng=SEED, device='cpu'))
    scores = torch.cat([torch.full((own,), 2.), torch.linspace(2.1, 3, bad), torch.linspace(-1, 1.9, n - own - bad)])
    calls = []
    def score(u, i):
        calls.append(tuple(i.shape))
        return scores[i.long()], tensor(0.)
    trainer.score = score
    batch = next(iter(trainer.epoch_data().batches()))
    u = np.arange(1, users, dtype=np.int32)
    batch.users, batch.items = u, np.zeros(len(u), np.int32)
    pos = torch.full((len(u), 1), 2.)
    neg, neg_scores, _, weights = trainer.scored_negatives(batch, torch.as_tensor(u)[:, None], pos)
    neg = neg.numpy()
    want = shipped_lenskit(pos[:, 0].double(), neg_scores.double(), n)
    loss = _loss_warp(pos, neg_scores, 1., weights)
    p, q, w = [tensor(rng.normal(size=8)) for _ in range(3)]
    even = torch.zeros(1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64) # where the logistic loss is log 2
    broad, rows = _loss_warp(p[:, None], q[:, None], 1., w.exp()).item(), -logsigmoid(p - q)
    return dict(rows=len(neg), scored=calls, distinct_weights=sorted(set(weights.tolist())),
                weight_formula=(shipped_lenskit(*even, n) / math.log(2)).item(), ours=(ours_lenskit(*even, n) / math.log(2)).item(),
                loss_max_abs_diff=abs(loss.item() - want.mean().item()), negatives=chi2(np.histogram(neg, range(own, n + 1, 10))[0], np.ones(18)),
                violate=chi2([int((neg < own + bad).sum()), int((neg >= own + bad).sum())], [bad / (n - own), 1 - bad / (n - own)]),
                violate_if_200_tries=1 - (1 - bad / (n - own))**200,
                broadcast=dict(theirs=broad, mean_times_mean=(rows.mean() * w.exp().mean()).item(), mean_of_products=(rows * w.exp()).mean().item()))


def have(name: str) -> bool: return importlib.util.find_spec(name) is not None

def said_in(path: Path) -> str:
    "The version that a package's file gives."
    return re.search(r'''__version__ = ['"](.*)['"]''', path.read_text())[1]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--published', metavar='DIR', help='folder that holds warp_loss 0.0.1')
    parser.add_argument('--collie', metavar='DIR', help='folder that holds collie, unpacked')
    parser.add_argument('--rankfm', metavar='PYTHON', help='interpreter that can import rankfm')
    args = parser.parse_args()
    start, versions, todo = machine(), dict(warp_loss=ours.__version__), {}
    if have('lightfm'):
        versions['lightfm-next'] = version('lightfm-next')
        todo |= {f.__name__: f for f in (lightfm_warp, lightfm_clip, lightfm_user_bias, lightfm_small, lightfm_kos, lightfm_bpr)}
    if have('implicit'): versions['implicit'], todo['implicit_bpr'] = version('implicit'), implicit_bpr
    if have('lenskit'): versions['lenskit'], todo['lenskit'] = version('lenskit'), lenskit
    if args.published:
        versions['published'], todo['published_warp'] = said_in(Path(args.published)/'warp_loss'/'__init__.py'), lambda: published_warp(args.published)
    if args.collie: versions['collie'], todo['collie_losses'] = said_in(Path(args.collie)/'collie'/'_version.py'), lambda: collie_losses(args.collie)
    if args.rankfm:
        ask = [args.rankfm, '-c', "from importlib.metadata import version; print(version('rankfm'))"]
        versions['rankfm'], todo['rankfm'] = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip(), lambda: rankfm(args.rankfm)
    if not todo: sys.exit('None of the packages is here: the docstring tells how to install them.')
    results = {}
    for name, job in todo.items():
        torch.manual_seed(SEED)
        results[name] = job()
        print(f'{name}: {json.dumps(results[name])}', flush=True)
    append('published', versions, start, results=results)
