"""The small deterministic picture that parity tests use; src/vision/models/test_picture.hpp draws the same one."""

import numpy


def test_picture(width, height):
    """uint8 [height, width, 3]: a sky gradient over a green ground, a sun, a dark post, and a fine checked patch."""
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.int64)
    sky = numpy.stack([90 + 80 * y // height, 140 + 60 * y // height, 230 - 40 * y // height], -1)
    ground = numpy.stack([60 + (x * 7 + y * 13) % 40, 110 + (x * 3 + y * 5) % 50, 40 + (x * y) % 30], -1)
    picture = numpy.where((5 * y > 3 * height)[..., None], ground, sky)
    sun = (4 * x - 3 * width) ** 2 + (4 * y - height) ** 2 < (height // 2) ** 2
    picture[sun] = (250, 200, 60)
    post = (8 * x > 2 * width) & (8 * x < 3 * width) & (8 * y > 2 * height) & (8 * y < 7 * height)
    picture[post] = (50, 35, 30)
    checks = (8 * x > 5 * width) & (8 * x < 7 * width) & (8 * y > 5 * height) & (8 * y < 7 * height)
    picture[checks] = numpy.where(((x // 4 + y // 4) % 2 == 0)[..., None], 245, 15)[checks]
    return picture.astype(numpy.uint8)
