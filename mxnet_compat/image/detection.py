"""Detection: ``ImageDetIter``, which gives images with their boxes; augmenters of both are in ``boxes.py``."""
import logging

import numpy as np

from .. import ndarray as nd
from .augment import *  # noqa: F403  (MXNet has some of them here too)
from .boxes import *  # noqa: F403
from .boxes import CreateDetAugmenter
from .boxes import __all__ as _boxes
from .functions import copyMakeBorder, fixed_crop  # noqa: F401
from .iterator import ImageIter

__all__ = [*_boxes, "ImageDetIter"]


class ImageDetIter(ImageIter):
    """Batches of images with boxes: labels are (batch, boxes, width), filled up with rows of -1.

    A sample's label is a vector: its header's length, the width of a box, the rest of the header, then the boxes (class,
    left, top, right, bottom in units of the image, …). Parameters are those of ``ImageIter``; ``aug_list`` holds
    ``DetAugmenter``s, other keywords are those of ``CreateDetAugmenter``.
    """

    def __init__(self, batch_size, data_shape, path_imgrec=None, path_imglist=None, path_root=None, path_imgidx=None,
                 shuffle=False, part_index=0, num_parts=1, aug_list=None, imglist=None, data_name="data",
                 label_name="label", last_batch_handle="pad", **kwargs):
        super().__init__(batch_size, data_shape, path_imgrec=path_imgrec, path_imglist=path_imglist, path_root=path_root,
                         path_imgidx=path_imgidx, shuffle=shuffle, part_index=part_index, num_parts=num_parts,
                         aug_list=[], imglist=imglist, data_name=data_name, label_name=label_name,
                         last_batch_handle=last_batch_handle)
        self.auglist = CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.label_shape = self._estimate_label_shape()
        self.provide_label = [(label_name, (self.batch_size, *self.label_shape))]

    # labels

    def _parse_label(self, label):
        """The boxes of a label vector that are not turned inside out; RuntimeError if it has none or does not fit."""
        raw = (label.asnumpy() if isinstance(label, nd.NDArray) else label).ravel()
        if raw.size < 7:
            raise RuntimeError(f"a label of {raw.size} numbers has no box")
        header, width = int(raw[0]), int(raw[1])
        if (raw.size - header) % width:
            raise RuntimeError(f"a label of {raw.size} numbers with a header of {header} has no boxes of {width}")
        boxes = raw[header:].reshape(-1, width)
        boxes = boxes[(boxes[:, 3] > boxes[:, 1]) & (boxes[:, 4] > boxes[:, 2])]
        if not len(boxes):
            raise RuntimeError("a label has no valid box")
        return boxes

    def _check_valid_label(self, label):
        """RuntimeError unless there is a box of a class from 0 on."""
        if label.ndim != 2 or label.shape[1] < 5:
            raise RuntimeError(f"boxes must have the shape (one or more, 5 or more), got {label.shape}")
        if not ((label[:, 0] >= 0) & (label[:, 3] > label[:, 1]) & (label[:, 4] > label[:, 2])).any():
            raise RuntimeError("no box is valid")

    def _estimate_label_shape(self):
        """(most boxes of any sample, their width): all labels are read once."""
        most, width = 0, 0
        self.reset()
        try:
            while True:
                boxes = self._parse_label(self.next_sample()[0])
                most, width = max(most, len(boxes)), boxes.shape[1]
        except StopIteration:
            pass
        self.reset()
        return most, width

    def reshape(self, data_shape=None, label_shape=None):
        """Other shapes of the images or of the labels from now on; ValueError where the boxes would not fit."""
        if data_shape is not None:
            self.check_data_shape(data_shape)
            self.provide_data = [(self.provide_data[0][0], (self.batch_size, *data_shape))]
            self.data_shape = data_shape
        if label_shape is not None:
            self.check_label_shape(label_shape)
            self.provide_label = [(self.provide_label[0][0], (self.batch_size, *label_shape))]
            self.label_shape = label_shape

    def check_label_shape(self, label_shape):
        """ValueError unless ``label_shape`` is (as many boxes or more, the same width)."""
        if len(label_shape) != 2:
            raise ValueError(f"label_shape must be (boxes, width), got {label_shape}")
        if label_shape[0] < self.label_shape[0]:
            raise ValueError(f"label_shape must have {self.label_shape[0]} boxes or more, got {label_shape[0]}")
        if label_shape[1] != self.label_shape[1]:
            raise ValueError(f"label_shape must have boxes of {self.label_shape[1]} numbers, got {label_shape[1]}")

    def sync_label_shape(self, it, verbose=False):
        """Make the labels of this iterator and of ``it`` as large as the larger; returns ``it``."""
        assert isinstance(it, ImageDetIter), f"expected an ImageDetIter, got {type(it).__name__}"
        assert self.label_shape[1] == it.label_shape[1], "the boxes of the two iterators have different widths"
        both = max(self.label_shape[0], it.label_shape[0]), self.label_shape[1]
        for one in (self, it):
            if both[0] > one.label_shape[0]:
                one.reshape(None, both)
                if verbose:
                    logging.info("labels have the shape %s now", both)
        return it

    # samples

    def augmentation_transform(self, data, label):
        """The augmenters on an image and its boxes, one after the other."""
        for aug in self.auglist:
            data, label = aug(data, label)
        return data, label

    def _annotated(self):
        """(image (height, width, channels), boxes) of the next sample that is valid, augmented."""
        while True:
            label, encoded = self.next_sample()
            image = self.imdecode(encoded)
            try:
                self.check_valid_image([image])
                image, boxes = self.augmentation_transform(image, self._parse_label(label))
                self._check_valid_label(boxes)
            except RuntimeError as error:
                logging.debug("a sample is left out: %s", error)
                continue
            return image, boxes

    def _sample(self):
        image, boxes = self._annotated()
        return self.postprocess_data(image), boxes

    def _put(self, labels, i, label):
        whole = np.full(labels.shape[1:], -1, np.float32)
        whole[:len(label)] = label
        labels[i] = whole

    def draw_next(self, color=None, thickness=2, mean=None, std=None, clip=True, waitKey=None, window_name="draw_next",
                  id2labels=None):
        """Images (height, width, 3) uint8 of the iterator with their boxes drawn, one by one, as a generator.

        ``color`` is one for all or drawn at random, ``mean`` and ``std`` undo a normalisation (True: ImageNet's).
        Windows (``waitKey``) and names of classes (``id2labels``) need OpenCV: NotImplementedError.
        """
        if waitKey is not None or id2labels is not None:
            raise NotImplementedError("draw_next shows no windows and writes no names of classes")
        mean = np.array([123.68, 116.28, 103.53]) if mean is True else mean
        std = np.array([58.395, 57.12, 57.375]) if std is True else std
        while True:
            try:
                image, boxes = self._annotated()
            except StopIteration:
                return
            image = image.asnumpy().astype(np.float32)
            image = image if std is None else image * np.asarray(std, np.float32)
            image = image if mean is None else image + np.asarray(mean, np.float32)
            if clip:
                image = np.clip(image, 0, 255)
            image = image.astype(np.uint8)
            for box in boxes:
                _frame(image, box[1:5], np.random.rand(3) * 255 if color is None else color, thickness)
            yield image


def _frame(image, box, color, thickness):
    """Draw the edges of one box into an image."""
    h, w = image.shape[:2]
    x0, y0, x1, y1 = (int(v) for v in (box[0] * w, box[1] * h, box[2] * w, box[3] * h))
    inside = image[max(y0, 0):y1 + 1, max(x0, 0):x1 + 1]
    edge = np.ones(inside.shape[:2], bool)
    edge[thickness:-thickness, thickness:-thickness] = False
    inside[edge] = color


for _name in __all__:
    globals()[_name].__module__ = "mxnet.image.detection"
