"""What the subcommands of ``python -m mxnet_compat`` do: `run` scripts, tell `about` the installation and operators."""
