"""Checking random number generators: mean, variance and the distribution over buckets."""
import math

import numpy as np

__all__ = ["chi_square_check", "gen_buckets_probs_with_ppf", "mean_check", "var_check", "verify_generator"]


def gen_buckets_probs_with_ppf(ppf, nbuckets):
    """``nbuckets`` intervals of equal probability of a distribution with that inverse, and their probabilities."""
    assert nbuckets > 0, f"expected a positive number of buckets, got {nbuckets}"
    edges = [ppf(i / nbuckets) for i in range(nbuckets + 1)]
    return list(zip(edges, edges[1:])), [1.0 / nbuckets] * nbuckets


def mean_check(generator, mu, sigma, nsamples=1000000):
    """Whether the mean of ``generator(nsamples)`` lies within three standard errors of ``mu``."""
    mean = np.asarray(generator(nsamples)).mean()
    bound = 3 * sigma / math.sqrt(nsamples)
    return bool(mu - bound < mean < mu + bound)


def var_check(generator, sigma, nsamples=1000000):
    """Whether the variance of ``generator(nsamples)`` lies within three standard errors of ``sigma ** 2``."""
    variance = np.asarray(generator(nsamples)).var(ddof=1)
    bound = 3 * math.sqrt(2 * sigma ** 4 / (nsamples - 1))
    return bool(sigma ** 2 - bound < variance < sigma ** 2 + bound)


def _gamma_tail(s, x):
    """The regularised upper incomplete gamma function: a series for small x, a continued fraction for large."""
    if x <= 0:
        return 1.0
    front = math.exp(s * math.log(x) - x - math.lgamma(s))
    if x < s + 1:
        term = total = 1.0 / s
        n = s
        while abs(term) > 1e-16 * abs(total):
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1.0 - front * total)
    b = x + 1 - s
    c, d = 1e300, 1.0 / b
    result = d
    for i in range(1, 10000):
        a = -i * (i - s)
        b += 2
        d = 1.0 / (a * d + b)
        c = b + a / c
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * result


def chi_square_check(generator, buckets, probs, nsamples=1000000):
    """Pearson's test of ``generator(nsamples)``: (p-value, observed counts, expected counts).

    ``buckets`` are intervals (low, high), which must adjoin, or single values; ``probs`` their probabilities.
    """
    assert len(probs) == len(buckets) and len(buckets) > 0, \
        f"expected a probability for each bucket, got {len(probs)} for {len(buckets)}"
    expected = (nsamples * np.asarray(probs, dtype=np.float64)).astype(np.int32)
    samples = np.asarray(generator(nsamples)).ravel()
    observed = np.zeros(len(buckets), dtype=np.int64)
    if isinstance(buckets[0], (list, tuple)):
        edges = np.array([buckets[0][0], *(b[1] for b in buckets)], dtype=np.float64)
        if any(b[0] != a[1] for a, b in zip(buckets, buckets[1:])) or (np.diff(edges) <= 0).any():
            raise ValueError(f"the intervals must rise and adjoin, got {buckets}")
        place = np.searchsorted(edges, samples.astype(np.float64), side="right") - 1
    else:
        values, order = np.sort(np.asarray(buckets)), np.argsort(np.asarray(buckets))
        nearest = np.searchsorted(values, samples).clip(0, len(values) - 1)
        place = np.where(values[nearest] == samples, order[nearest], -1)
    inside = place[(place >= 0) & (place < len(buckets))]
    np.add.at(observed, inside, 1)
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return _gamma_tail((len(buckets) - 1) / 2, statistic / 2), observed, expected


def verify_generator(generator, buckets, probs, nsamples=1000000, nrepeat=5, success_rate=0.2, alpha=0.05):
    """Repeat ``chi_square_check``; AssertionError if less than ``success_rate`` of the p-values exceed ``alpha``.

    Returns the p-values.
    """
    runs = [chi_square_check(generator, buckets, probs, nsamples) for _ in range(nrepeat)]
    p_values = [run[0] for run in runs]
    passed = sum(p > alpha for p in p_values)
    if passed < nrepeat * success_rate:
        raise AssertionError(f"the generator is not of this distribution: {passed} of {nrepeat} tests passed, p-values "
                             f"{p_values}, buckets {buckets}, observed {[run[1].tolist() for run in runs]}, "
                             f"expected {runs[0][2].tolist()}")
    return p_values
