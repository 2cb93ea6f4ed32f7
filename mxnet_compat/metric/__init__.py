"""``mx.metric``: measures of predictions against labels, added up batch by batch.

The metrics are in the files beside this one; ``create`` makes one from a name, a function or a list of both.
"""
from .. import registry
from ..base import numeric_types, string_types
from .base import CompositeEvalMetric, EvalMetric, alias, check_label_shapes, create, register
from .classification import F1, MCC, PCC, Accuracy, TopKAccuracy, _BinaryClassificationMetrics
from .probability import CrossEntropy, NegativeLogLikelihood, Perplexity
from .regression import MAE, MSE, RMSE, PearsonCorrelation
from .user import Caffe, CustomMetric, Loss, Torch, np

__all__ = ["Accuracy", "Caffe", "CompositeEvalMetric", "CrossEntropy", "CustomMetric", "EvalMetric", "F1", "Loss",
           "MAE", "MCC", "MSE", "NegativeLogLikelihood", "PCC", "PearsonCorrelation", "Perplexity", "RMSE",
           "TopKAccuracy", "Torch", "_BinaryClassificationMetrics", "alias", "check_label_shapes", "create", "np",
           "numeric_types", "register", "registry", "string_types"]

for _value in list(globals().values()):
    # pickles and get_config readers know the classes as mxnet.metric.X
    if getattr(_value, "__module__", "").startswith(__name__ + "."):
        _value.__module__ = "mxnet.metric"
