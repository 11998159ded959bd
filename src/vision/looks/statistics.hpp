#pragma once

#include "vision/pixels.hpp"

namespace pictor::vision {

/// What can be counted in a picture without knowing what it shows. Shares are 0..1 of the pixels.
struct Statistics {
  double flat_share = 0;       ///< equal the right and the lower neighbour exactly, in every band
  double smooth_share = 0;     ///< differ from them by 1 to 24: shading, blur, grain, JPEG's noise
  double hard_edge_share = 0;  ///< differ by 64 or more from one of them in some band
  double palette_share = 0;    ///< have one of the 16 most frequent colours (5 bits a band)
  double largest_share = 0;    ///< have the most frequent colour (5 bits a band)
  double light_share = 0;      ///< every band ≥ 225
  double grey_share = 0;       ///< bands within 14 of each other
  double green_share = 0;      ///< green leads red and blue clearly
  double plain_border = 0;     ///< share of the outermost pixels that are within 10 of their most frequent colour
  double edge_energy = 0;      ///< mean difference to the right and lower neighbour, 0..255
  double evenness = 0;         ///< 0..1: how alike the 4 × 4 parts of the picture are in tone and in texture
  double straight_line = 0;  ///< the shorter of the longest horizontal and the longest vertical line, 0..1 of its side
  bool is_blank = false;     ///< all pixels within 4 of each other
};

/// Reads every pixel once; about 15 ms for 1,600 × 1,200. Pure.
[[nodiscard]] Statistics measure(const Pixels& pixels);

}  // namespace pictor::vision
