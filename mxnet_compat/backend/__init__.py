"""Between operators and arrays: ``dispatch.py`` holds what compiled fronts call; ``rng.py`` the random generators."""
