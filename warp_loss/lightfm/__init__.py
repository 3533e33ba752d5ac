"LightFM's interface on this package's engine: `s/from lightfm/from warp_loss.lightfm/`. Needs scipy: `pip install 'warp_loss[lightfm]'`."
from .lightfm import LightFM, from_lightfm
from . import cross_validation, data, evaluation

__all__ = ['LightFM', 'from_lightfm', 'cross_validation', 'data', 'evaluation']
