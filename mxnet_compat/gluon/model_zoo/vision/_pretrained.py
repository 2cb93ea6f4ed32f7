"""What the functions of all networks share."""
from ..model_store import get_model_file


def loaded(net, name, pretrained, ctx, root):
    """``net``, with its published parameters where they are wanted."""
    if pretrained:
        net.load_parameters(get_model_file(name, root=root), ctx=ctx)
    return net


def public(module, names):
    """Give classes and functions the module name that MXNet has for them."""
    for name in names:
        module[name].__module__ = "mxnet" + module["__name__"].partition("mxnet_compat")[2]
