"Learning to rank in PyTorch: WARP and its family, from a file of interactions to recommendations."
__version__ = "0.1.0"

from .losses import WARPLoss, harmonic, log_floor, num_trials, warp_loss, warp_pair_loss
from .data import IdMap, Interactions, random_split, time_split, user_split
from .sampling import uniform_negatives
from .mining import mine
from .models import MatrixFactorization
from .metrics import auc, evaluate, ndcg_at_k, precision_at_k, ranks, recall_at_k, reciprocal_rank
from .optim import LazyAdagrad, LazyAdam
from .training import fit, grow_pool, plot_history, suggested_margin, train_epoch
from .inference import recommend
from .recommender import Recommender
from .datasets import planted

__all__ = [
    'WARPLoss', 'harmonic', 'log_floor', 'num_trials', 'warp_loss', 'warp_pair_loss',
    'IdMap', 'Interactions', 'random_split', 'time_split', 'user_split',
    'uniform_negatives', 'mine', 'MatrixFactorization',
    'auc', 'evaluate', 'ndcg_at_k', 'precision_at_k', 'ranks', 'recall_at_k', 'reciprocal_rank',
    'LazyAdagrad', 'LazyAdam', 'fit', 'grow_pool', 'plot_history', 'suggested_margin', 'train_epoch', 'recommend', 'Recommender', 'planted',
]
