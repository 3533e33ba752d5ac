"Learning to rank in PyTorch: WARP and its family, from a file of interactions to recommendations."
__version__ = "0.1.0"

from .losses import WARPLoss, harmonic, log_floor, num_trials, warp_loss, warp_pair_loss
from .data import IdMap, Interactions, random_split, time_split, user_split
from .sampling import uniform_negatives

__all__ = ['WARPLoss', 'harmonic', 'log_floor', 'num_trials', 'warp_loss', 'warp_pair_loss', 'IdMap', 'Interactions', 'random_split', 'time_split',
           'user_split', 'uniform_negatives']
