"""What the shape rules of layers share: checking a parameter's shape against the one its data asks for."""

__all__ = ["fitted", "product"]


def product(dims):
    """The product of dimensions; 0 where one is unknown."""
    n = 1
    for d in dims:
        n *= d or 0
    return n


def fitted(name, given, wanted):
    """The shape of the input ``name``, from what is given and what is wanted; ValueError where they contradict."""
    if given is None:
        return wanted
    if wanted is None:
        return given
    if len(given) == len(wanted):
        merged = tuple(g or w or 0 for g, w in zip(given, wanted))
        if all(not w or m == w for m, w in zip(merged, wanted)):
            return merged
    raise ValueError(f"{name} must have shape {tuple(wanted)}, got {tuple(given)}")
