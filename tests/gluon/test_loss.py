"""Tests of ``gluon/loss.py``."""
import math

import numpy as np
import pytest

from mxnet import gluon, nd

from ..scripts import replay
from . import scripts_loss


@replay("loss", scripts_loss.CASES, tolerance=(1e-4, 3e-6))
def test_as_recorded(case, check):
    check(case)


@pytest.mark.parametrize("hybrid", [False, True])
def test_poisson_with_stirlings_approximation(hybrid):
    # the real package raises here
    f = gluon.loss.PoissonNLLLoss(from_logits=False, compute_full=True)
    f.hybridize(hybrid)
    rate, target = np.array([0.5, 2, 3]), np.array([1.0, 4, 2])
    stirling = target * np.log(target) - target + 0.5 * np.log(2 * target * math.pi)
    want = np.mean(rate - target * np.log(rate + 1e-8) + np.where(target > 1, stirling, 0))
    np.testing.assert_allclose(f(nd.array(rate), nd.array(target)).asnumpy(), [want], rtol=1e-5)


def test_losses_stay_finite_far_out():
    far = nd.array([[-500, 500]])
    for f in (gluon.loss.SigmoidBCELoss(), gluon.loss.LogisticLoss(label_format="binary")):
        assert f(far, nd.array([[0, 1]])).asscalar() == 0
        assert f(far, nd.array([[1, 0]])).asscalar() == 500
