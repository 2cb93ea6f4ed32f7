"""``mx.gluon.contrib.estimator``: training loops with handlers of events."""
from . import batch_processor, estimator, event_handler, utils  # noqa: F401
from .batch_processor import *  # noqa: F403
from .estimator import *  # noqa: F403
from .event_handler import *  # noqa: F403
