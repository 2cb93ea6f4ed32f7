"""Enlarging, reducing and cutting pictures."""
import math

import numpy as np

from .graph import converts


@converts("UpSampling")
def _up_sampling(call):
    scale = call.p["scale"]
    if call.p["sample_type"] == "nearest":
        if len(call.ins) > 1:
            raise call.no("several inputs")
        scales = np.array([1, 1, scale, scale], np.float32)
        call.emit("Resize", call.ins[0], None, call.const(scales), mode="nearest",
                  coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        return
    kernel, pad = 2 * scale - scale % 2, math.ceil((scale - 1) / 2)
    call.emit("ConvTranspose", *call.ins, kernel_shape=[kernel] * 2, strides=[scale] * 2, pads=[pad] * 4,
              group=call.p["num_filter"])


@converts("_contrib_BilinearResize2D")
def _bilinear(call):
    if call.p["mode"] != "size" and (call.p["scale_height"] is None or call.p["scale_width"] is None):
        raise call.no(f"mode={call.p['mode']!r}")
    corners = call.p["align_corners"]
    call.emit("Resize", call.ins[0], None, None, call.ints(*call.fixed()[:2], *call.fixed_out()[2:]), mode="linear",
              coordinate_transformation_mode="align_corners" if corners else "half_pixel")


@converts("Crop")
def _crop(call):
    height, width = call.fixed()[2:]
    h, w = call.fixed_out()[2:]
    y, x = call.p["offset"]
    if call.p["center_crop"]:
        y, x = (height - h) // 2, (width - w) // 2
    call.emit("Slice", call.ins[0], call.ints(y, x), call.ints(y + h, x + w), call.ints(2, 3))
