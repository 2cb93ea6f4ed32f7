"""Products in blocks are products."""
import numpy as np
import pytest

from mxnet_compat.backend import products


@pytest.mark.parametrize("shape", [(1024, 256), (256, 1024), (650, 300), (8, 4), (7, 1)])
@pytest.mark.parametrize("columns", [1, 2, 20, 64])
@pytest.mark.parametrize("direct", [True, False])
def test_any_height_gives_the_product(monkeypatch, shape, columns, direct):
    monkeypatch.setattr(products, "_direct", direct)
    products._height.cache_clear()
    rng = np.random.default_rng(0)
    x = rng.standard_normal((shape[1], columns), dtype=np.float32)
    for matrix in (rng.standard_normal(shape, dtype=np.float32), rng.standard_normal(shape[::-1], dtype=np.float32).T):
        blocks = products.by_rows(matrix, columns)
        assert np.shares_memory(blocks, matrix)
        assert len(blocks) == 1 or direct
        np.testing.assert_allclose(np.matmul(blocks, x).reshape(-1, columns), matrix @ x, rtol=1e-4, atol=1e-4)
    products._height.cache_clear()


def test_large_products_have_blocks_below_the_limit(monkeypatch):
    monkeypatch.setattr(products, "_direct", True)
    products._height.cache_clear()
    blocks = products.by_rows(np.zeros((1024, 256), np.float32), 32)
    assert len(blocks) > 1 and blocks[0].size * 32 <= products.MOST
    assert len(products.by_rows(np.zeros((16, 16), np.float32), 32)) == 1
    products._height.cache_clear()
