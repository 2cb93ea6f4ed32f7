"""``DataLoaderIter``: a gluon DataLoader as a DataIter, for ``Module.fit``."""
from .. import ndarray as _nd
from ..io import DataDesc, DataIter

__all__ = ["DataLoaderIter"]


class DataLoaderIter(DataIter):
    """The batches of a loader of (data, label) pairs, cast to ``dtype``.

    The batch size and the shapes are those of the loader's first batch; a last batch with fewer samples is filled up
    with zeros and ``getpad()`` says by how many. ValueError where the loader gives other than pairs.
    """

    def __init__(self, loader, data_name="data", label_name="softmax_label", dtype="float32"):
        super().__init__()
        self._loader = loader
        self._iter = iter(loader)
        data, label = next(self._iter)
        self.batch_size = data.shape[0]
        self.dtype = dtype
        self.provide_data = [DataDesc(data_name, data.shape, dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, dtype)]
        self._current_batch = None
        self.reset()

    def reset(self):
        """Start the loader again."""
        self._iter = iter(self._loader)

    def iter_next(self):
        """Fetch the next batch; False at the end."""
        self._current_batch = next(self._iter, None)
        return self._current_batch is not None

    def getdata(self):
        """[the data of the current batch, filled up to the batch size]."""
        return self._filled(0)

    def getlabel(self):
        """[the labels of the current batch, filled up to the batch size]."""
        return self._filled(1)

    def _filled(self, part):
        array = self._current_batch[part].astype(self.dtype)
        pad = self.getpad()
        if pad:
            array = _nd.concat(array, _nd.zeros((pad, *array.shape[1:]), dtype=self.dtype, ctx=array.context), dim=0)
        return [array]

    def getpad(self):
        """How many samples of the current batch are filling."""
        return self.batch_size - self._current_batch[0].shape[0]

    def getindex(self):
        """None: a loader does not tell indices."""
        return
