"""What unrolling does with sequences: one array or a list of steps, masks beyond lengths, reversing, first states.

A layout such as ``'NTC'`` names the axes: N is the batch, T the steps. ``F`` is ``mx.nd`` or ``mx.sym``.
"""
from ... import ndarray, symbol
from ...base import _as_list

tensor_types = (ndarray.NDArray, symbol.Symbol)


def _cells_state_info(cells, batch_size):
    return [info for c in cells for info in c.state_info(batch_size)]


def _cells_begin_state(cells, **kwargs):
    return [state for c in cells for state in c.begin_state(**kwargs)]


def _get_begin_state(cell, F, begin_state, inputs, batch_size):
    """``begin_state``, or zeros for the cell on the context of the inputs."""
    if begin_state is not None:
        return begin_state
    if F is ndarray:
        ctx = inputs.context if isinstance(inputs, tensor_types) else inputs[0].context
        with ctx:
            return cell.begin_state(func=F.zeros, batch_size=batch_size)
    return cell.begin_state(func=F.zeros, batch_size=batch_size)


def _format_sequence(length, inputs, layout, merge, in_layout=None):
    """(inputs, axis of the steps in ``layout``, F, batch size: 0 of symbols).

    ``merge``: True makes one array, False a list of steps, None leaves what it is. ``in_layout`` is that of ``inputs``
    where it is not ``layout``. AssertionError for a wrong number of steps, ValueError for a layout without N or T.
    """
    assert inputs is not None, "unroll needs inputs"
    if "T" not in layout or "N" not in layout:
        raise ValueError(f"a layout names the axes N and T, such as 'NTC'; got {layout!r}")
    axis, batch_axis = layout.find("T"), layout.find("N")
    in_axis = axis if in_layout is None else in_layout.find("T")
    batch_size = 0
    if isinstance(inputs, symbol.Symbol):
        F = symbol
        if merge is False:
            assert len(inputs.list_outputs()) == 1, \
                "unroll takes no group of symbols; give it as a list, or one symbol to be split"
            inputs = list(symbol.split(inputs, axis=in_axis, num_outputs=length, squeeze_axis=1))
    elif isinstance(inputs, ndarray.NDArray):
        F = ndarray
        batch_size = inputs.shape[batch_axis]
        if merge is False:
            assert length is None or length == inputs.shape[in_axis], \
                f"the inputs have {inputs.shape[in_axis]} steps, not {length}"
            inputs = _as_list(ndarray.split(inputs, axis=in_axis, num_outputs=inputs.shape[in_axis], squeeze_axis=1))
    else:
        assert length is None or len(inputs) == length, f"there are {len(inputs)} inputs, not {length}"
        F = symbol if isinstance(inputs[0], symbol.Symbol) else ndarray
        if F is ndarray:
            # a step lacks the axis of steps, which may stand before that of the batch
            batch_size = inputs[0].shape[batch_axis - (axis < batch_axis)]
        if merge is True:
            inputs = F.stack(*inputs, axis=axis)
            in_axis = axis
    if isinstance(inputs, tensor_types) and axis != in_axis:
        inputs = F.swapaxes(inputs, dim1=axis, dim2=in_axis)
    return inputs, axis, F, batch_size


def _mask_sequence_variable_length(F, data, length, valid_length, time_axis, merge):
    """Zeros beyond ``valid_length``; an array, or a list of steps where ``merge`` is False."""
    assert valid_length is not None
    if not isinstance(data, tensor_types):
        data = F.stack(*data, axis=time_axis)
    out = F.SequenceMask(data, sequence_length=valid_length, use_sequence_length=True, axis=time_axis)
    if merge is False:
        out = _as_list(F.split(out, num_outputs=length, axis=time_axis, squeeze_axis=True))
    return out if isinstance(out, tensor_types) and merge is not False else list(out)


def _reverse_sequences(sequences, unroll_step, valid_length=None):
    """A list of steps backwards; with lengths, each sequence within its own, and the rest where it is."""
    if valid_length is None:
        return list(reversed(sequences))
    F = symbol if isinstance(sequences[0], symbol.Symbol) else ndarray
    out = F.SequenceReverse(F.stack(*sequences, axis=0), sequence_length=valid_length, use_sequence_length=True)
    if unroll_step > 1 or F is symbol:
        return list(F.split(out, axis=0, num_outputs=unroll_step, squeeze_axis=True))
    return [out[0]]
