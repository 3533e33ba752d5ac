"""The data that benchmarks read, from the folder that the environment variable `WARP_LOSS_DATA` names, or else from `../shared/data` beside the repository."""
import os
import sys
from pathlib import Path

import torch

from warp_loss import Features, Interactions

FOLDER = Path(os.environ.get('WARP_LOSS_DATA', Path(__file__).resolve().parents[2]/'../shared/data'))


def ml100k() -> Interactions:
    "MovieLens 100K, every rating a positive."
    return Interactions.read(_path('ml-100k/ml-100k.inter'), user='user_id', item='item_id')


def ml1m() -> tuple[Interactions, Interactions]:
    "Train and test of the public MovieLens 1M split (UltraGCN, BARS), less what is in both."
    lines = [[list(map(int, line.split())) for line in _path(f'ml-1m/{name}.txt').read_text().splitlines()] for name in ('train', 'test')]
    n_users, n_items = 1 + max(row[0] for part in lines for row in part), 1 + max(i for part in lines for row in part for i in row[1:])
    train, test = (Interactions.from_codes(*_pairs([row[0] for row in part], [row[1:] for row in part]), n_users, n_items) for part in lines)
    return train, test.pick(~train.contains(test.user, test.item))


def citeulike() -> Interactions:
    "CiteULike-a: who has which article in their library."
    rows = [list(map(int, line.split()))[1:] for line in _path('citeulike-a/users.dat').read_text().splitlines()]
    user, item = _pairs(range(len(rows)), rows)
    return Interactions.from_codes(user, item, len(rows), int(item.max()) + 1)


def citeulike_tags() -> Features:
    "The tags of each article."
    rows = [line.split()[1:] for line in _path('citeulike-a/item-tag.dat').read_text().splitlines()]
    return Features.from_frame(dict(item=list(range(len(rows))), tag=rows), multi='tag')


def ml100k_features() -> tuple[Features, Features]:
    "Age, gender and occupation of users, and genres and year of films."
    return (Features.from_frame(_path('ml-100k/ml-100k.user'), 'user_id', numeric='age', categorical=['gender', 'occupation']),
            Features.from_frame(_path('ml-100k/ml-100k.item'), 'item_id', multi='class', categorical='release_year', sep=' '))


def thin(data: Interactions, share: float, seed: int) -> Interactions:
    "A random share of the interactions."
    return data if share == 1 else data.pick(torch.rand(len(data), generator=torch.Generator().manual_seed(seed)) < share)


def _path(name: str) -> Path:
    if not (FOLDER/name).exists(): sys.exit(f'There is no {FOLDER/name}: set WARP_LOSS_DATA to the folder that holds {name}')
    return FOLDER/name


def _pairs(users, rows) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([user for user, row in zip(users, rows) for _ in row]), torch.tensor([item for row in rows for item in row])
