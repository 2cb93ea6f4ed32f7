"""What the subcommands of ``python -m mxnet_compat`` do: `run` runs scripts, `about` tells of installation and operators."""
