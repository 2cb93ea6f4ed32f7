"""``amp.init``, ``init_trainer``, ``scale_loss``, ``unscale``: mixed precision as far as losses are scaled.

``init`` does not switch operators to float16: numpy computes float32 several times faster, and what is computed is at least
as exact. It says so once. Models that are to be in mixed precision are converted (``convert.py``).
"""
import contextlib
import functools
import warnings

from ... import optimizer
from .convert import convert_bucketing_module, convert_hybrid_block, convert_model, convert_symbol  # noqa: F401
from .lists import symbol_fp16
from .loss_scaler import LossScaler

__all__ = ["convert_hybrid_block", "convert_model", "convert_symbol", "init", "init_trainer", "list_conditional_fp32_ops",
           "list_fp32_ops", "list_loss_output_functions", "list_lp16_fp32_ops", "list_lp16_ops", "list_lp16_use_fp32_params",
           "list_widest_type_cast", "scale_loss", "unscale"]

_initialized = False


def init(target_dtype="float16", target_precision_ops=None, conditional_fp32_ops=None, fp32_ops=None):
    """Allow ``init_trainer``; a warning says that operators stay in float32, whatever the lists of operators are.

    AssertionError for a type that is neither float16 nor bfloat16.
    """
    global _initialized
    name = target_dtype if isinstance(target_dtype, str) else getattr(target_dtype, "__name__", str(target_dtype))
    assert name in ("float16", "bfloat16"), f"amp.init: target_dtype must be 'float16' or 'bfloat16', got {target_dtype}"
    if not _initialized:
        _initialized = True
        warnings.warn("amp.init: operators go on computing in float32; losses are scaled as asked for", stacklevel=2)


def init_trainer(optimizer_or_trainer):
    """Let a Trainer scale losses and leave out steps whose gradients overflow.

    AssertionError before ``init``, TypeError for what is no Trainer, NotImplementedError for a bare optimizer.
    """
    from ...gluon import Trainer
    assert _initialized, "amp.init_trainer: call amp.init() first"
    if isinstance(optimizer_or_trainer, optimizer.Optimizer):
        raise NotImplementedError("amp.init_trainer with an optimizer is not implemented: give it a gluon Trainer")
    if not isinstance(optimizer_or_trainer, Trainer):
        raise TypeError(f"amp.init_trainer: expected a gluon Trainer, got {type(optimizer_or_trainer).__name__}")
    trainer = optimizer_or_trainer
    trainer._amp_loss_scaler = LossScaler()
    trainer._amp_original_scale = trainer._scale
    if not hasattr(trainer._update, "amp"):
        trainer._update = _guarded(trainer, trainer._update)


def _guarded(trainer, update):
    @functools.wraps(update)
    def step(ignore_stale_grad=False):
        if not trainer._amp_loss_scaler.has_overflow(trainer._params):
            return update(ignore_stale_grad)
        return None
    step.amp = True
    return step


@contextlib.contextmanager
def scale_loss(loss, optimizer_or_trainer):
    """``with scale_loss(loss, trainer) as scaled``: the loss, or list of losses, times the factor; steps divide by it.

    AttributeError for a trainer that ``init_trainer`` has not seen.
    """
    scale = optimizer_or_trainer._amp_loss_scaler.loss_scale
    optimizer_or_trainer._scale = optimizer_or_trainer._amp_original_scale / scale
    yield [part * scale for part in loss] if isinstance(loss, (list, tuple)) else loss * scale


def unscale(optimizer_or_trainer):
    """Divide the gradients by the factor now, to look at or clip them before the step.

    TypeError for what is no Trainer.
    """
    from ...gluon import Trainer
    if not isinstance(optimizer_or_trainer, Trainer):
        raise TypeError(f"amp.unscale: expected a gluon Trainer, got {type(optimizer_or_trainer).__name__}")
    trainer = optimizer_or_trainer
    for p in trainer._params:
        if p.grad_req != "null":
            for g in p.list_grad():
                g[:] = g * trainer._scale
    trainer._scale = 1.0


def _list(name, what):
    def listed(target_dtype):
        assert target_dtype == "float16", f"amp: there are lists for 'float16', got {target_dtype}"
        return getattr(symbol_fp16, name, None)
    listed.__doc__ = f"{what} AssertionError for another type than float16."
    return listed


list_lp16_ops = _list("FP16_FUNCS", "Operators that are computed in float16.")
list_fp32_ops = _list("FP32_FUNCS", "Operators that are computed in float32.")
list_lp16_fp32_ops = _list("FP16_FP32_FUNCS", "Operators that are computed in the type of their inputs.")
list_conditional_fp32_ops = _list("CONDITIONAL_FP32_FUNCS", "(operator, parameter, values for which it is in float32).")
list_widest_type_cast = _list("WIDEST_TYPE_CASTS", "Operators that are computed in the widest type of their inputs.")
list_loss_output_functions = _list("LOSS_OUTPUT_FUNCTIONS", "Operators that are losses.")
list_lp16_use_fp32_params = _list("FP16_USE_FP32_PARAMS", "None: there are no parameters that must stay in float32.")
for _n in ("lp16_ops", "fp32_ops", "lp16_fp32_ops", "conditional_fp32_ops", "widest_type_cast", "loss_output_functions",
           "lp16_use_fp32_params"):
    globals()[f"list_{_n}"].__name__ = globals()[f"list_{_n}"].__qualname__ = f"list_{_n}"
