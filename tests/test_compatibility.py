"""The public API against the recorded one: the page is current, and a documented name works or says why it does not."""
import importlib
from pathlib import Path

import pytest

import mxnet_compat
from compat_tests import page_api
from mxnet_compat import absent

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"


@pytest.fixture(scope="module")
def modules():
    return page_api.compare()


def test_the_page_is_what_pages_writes():
    assert PAGE.read_text() == page_api.page(), "run python -m compat_tests.pages"


def test_every_missing_name_has_a_reason(modules):
    assert [f"{m.path}.{n}" for m in modules for n in m.missing if not page_api.reason(m.path, n)] == []


def test_most_names_work(modules):
    assert sum(len(m.works) for m in modules) > 0.9 * sum(m.total for m in modules)


def test_names_without_an_implementation_say_so_when_used():
    for module in absent.modules():
        loaded = importlib.import_module(f"mxnet_compat.{module}")
        for name in absent.names(module):
            with pytest.raises(NotImplementedError, match=f"{name} is not implemented: .{{15}}"):
                getattr(loaded, name)()


def test_absent_modules_are_imported_but_unknown_names_are_attribute_errors():
    rtc = importlib.import_module("mxnet_compat.rtc")
    assert mxnet_compat.rtc is rtc
    assert "CudaModule" in dir(rtc)
    assert isinstance(rtc.CudaModule, type)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = rtc.nothing_of_the_kind


def test_a_difference_in_names_or_order_of_parameters_is_seen():
    assert page_api.same("(self, a, b=1)", "(a, b=2, c=3)")
    assert not page_api.same("(a, b)", "(b, a)")
    assert not page_api.same("(a, b)", "(a, *args)")
    assert page_api.parameters("(a=(1, 2), *args, **kw)") == ["a", "*args", "**kw"]
