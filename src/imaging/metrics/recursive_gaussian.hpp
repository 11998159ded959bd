#pragma once

#include <array>

namespace pictor::imaging::ssimulacra2 {

/// One of three terms of the filter: y[n] = n2 · (x[n - 6] + x[n + 4]) - d1 · y[n - 1] - y[n - 2], and the factors of
/// the same expanded for four outputs in a row.
struct GaussianTerm {
  float n2 = 0;
  float d1 = 0;
  std::array<float, 4> mul_in{};
  std::array<float, 4> mul_previous{};
  std::array<float, 4> mul_previous2{};
};

/// A Gaussian of σ = 1.5 px as the sum of three recursive terms: Charalampidis, "Recursive Implementation of the
/// Gaussian Filter Using Truncated Cosine Functions" (2016); radius 5. What lies outside the picture is 0.
struct RecursiveGaussian {
  std::array<GaussianTerm, 3> terms;
};

/// Made once. Thread-safe.
const RecursiveGaussian& recursive_gaussian();

}  // namespace pictor::imaging::ssimulacra2
