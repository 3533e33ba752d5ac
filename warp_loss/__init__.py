"Learning to rank in PyTorch: WARP and its family, from a file of interactions to recommendations."
__version__ = "0.1.0"

from .losses import (Draws, RankingLoss, WARPLoss, exact_rank, first_violator, harmonic, hinge, log_floor, logistic, num_trials, rank_from_count, rank_from_trials,
                     warp_loss, warp_pair_loss)
from .variants import (AdaptiveHingeLoss, BPRLoss, CMLLoss, CollieWARPLoss, CosineContrastiveLoss, HingeLoss, KOSWARPLoss, LensKitWARPLoss, LightFMKOSLoss,
                       LightFMWARPLoss, RankFMWARPLoss, SampledSoftmaxLoss, WMRBLoss, WSABIELoss, adaptive_hinge_loss, bpr_loss, cml_loss,
                       collie_warp_loss, cosine_contrastive_loss, first_else_hardest, hardest, hinge_loss, kos_warp_loss, lenskit_warp_loss,
                       lightfm_kos_loss, lightfm_warp_loss, rank_from_draws, rankfm_warp_loss, sampled_softmax_loss, wmrb_loss, wsabie_loss)
from .multilabel import MultiLabelWARPLoss, multilabel_warp_loss
from .data import IdMap, Interactions, random_split, time_split, user_split
from .world import World, together
from .blocks import Blocks, write_blocks
from .features import Features
from .sampling import uniform_negatives
from .mining import mine, mine_rows
from .candidates import Candidates, CrossBatch, InBatch, gather_candidates, in_batch, log_frequency
from .models import BiasedMatrixFactorization, MatrixFactorization, Popularity
from .hybrid import HybridFactorization
from .metrics import (auc, average_precision_at_k, compare, coverage, evaluate, gini, hit_rate_at_k, ndcg_at_k, novelty, precision_at_k, ranks, recall_at_k,
                      reciprocal_rank, user_values)
from .optim import LazyAdagrad, LazyAdam, RowwiseAdagrad
from .checkpoint import load_state, save_state
from .training import Interrupted, default_optimizer, fit, grow_pool, suggested_margin, train_epoch, tried_margin
from .plots import plot_history, plot_rank_estimate, plot_recommendations, rank_estimates
from .inference import fold_in, recommend, similar_items, similar_users, to_faiss, to_onnx
from .distributed import Replicated, fit_together
from .sharded import Sharded
from .recommender import Recommender
from .datasets import planted

__all__ = [
    'Draws', 'RankingLoss', 'WARPLoss', 'exact_rank', 'first_violator', 'harmonic', 'hinge', 'log_floor', 'logistic', 'num_trials', 'rank_from_count',
    'rank_from_trials', 'warp_loss', 'warp_pair_loss',
    'AdaptiveHingeLoss', 'BPRLoss', 'CMLLoss', 'CollieWARPLoss', 'CosineContrastiveLoss', 'HingeLoss', 'KOSWARPLoss', 'LensKitWARPLoss',
    'LightFMKOSLoss', 'LightFMWARPLoss', 'RankFMWARPLoss', 'SampledSoftmaxLoss', 'WMRBLoss', 'WSABIELoss', 'adaptive_hinge_loss', 'bpr_loss',
    'cml_loss', 'collie_warp_loss', 'cosine_contrastive_loss', 'first_else_hardest', 'hardest', 'hinge_loss', 'kos_warp_loss', 'lenskit_warp_loss',
    'lightfm_kos_loss', 'lightfm_warp_loss', 'rank_from_draws', 'rankfm_warp_loss', 'sampled_softmax_loss', 'wmrb_loss', 'wsabie_loss',
    'MultiLabelWARPLoss', 'multilabel_warp_loss', 'IdMap', 'Interactions', 'random_split', 'time_split', 'user_split',
    'World', 'together', 'Blocks', 'write_blocks', 'Features',
    'uniform_negatives', 'mine', 'mine_rows', 'Candidates', 'CrossBatch', 'InBatch', 'gather_candidates', 'in_batch', 'log_frequency',
    'BiasedMatrixFactorization', 'MatrixFactorization', 'Popularity', 'HybridFactorization',
    'auc', 'average_precision_at_k', 'compare', 'coverage', 'evaluate', 'gini', 'hit_rate_at_k', 'ndcg_at_k', 'novelty', 'precision_at_k', 'ranks', 'recall_at_k',
    'reciprocal_rank', 'user_values',
    'LazyAdagrad', 'LazyAdam', 'RowwiseAdagrad', 'load_state', 'save_state',
    'Interrupted', 'default_optimizer', 'fit', 'grow_pool', 'suggested_margin', 'train_epoch', 'tried_margin',
    'plot_history', 'plot_rank_estimate', 'plot_recommendations', 'rank_estimates',
    'fold_in', 'recommend', 'similar_items', 'similar_users', 'to_faiss', 'to_onnx', 'Replicated', 'fit_together', 'Sharded', 'Recommender', 'planted',
]
