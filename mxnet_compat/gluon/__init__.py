"""``mx.gluon``. Not available in this version: every name says so when it is used."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotImplementedError(f"mx.gluon.{name} is not available in this version of mxnet-compat; "
                              "mx.nd and mx.autograd are")
