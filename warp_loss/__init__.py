"Learning to rank in PyTorch: WARP and its family, from a file of interactions to recommendations."
__version__ = "0.1.0"

from .losses import WARPLoss, harmonic, log_floor, num_trials, warp_loss, warp_pair_loss

__all__ = ['WARPLoss', 'harmonic', 'log_floor', 'num_trials', 'warp_loss', 'warp_pair_loss']
