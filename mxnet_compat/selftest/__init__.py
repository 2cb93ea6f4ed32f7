"""``python -m mxnet_compat.selftest``: does this installation work, on this machine, with numpy alone?

The sections live in `environment`, `autograd`, `gradients` and `digits`; `report` collects and prints. `gradcheck` and
`rows` serve the project's tests too.
"""
