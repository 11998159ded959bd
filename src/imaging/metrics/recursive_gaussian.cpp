#include "imaging/metrics/recursive_gaussian.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace pictor::imaging::ssimulacra2 {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

double determinant(const Matrix& m) {
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/// Cramer's rule.
Vector solve(const Matrix& m, const Vector& right) {
  Vector found{};
  for (std::size_t column = 0; column < 3; ++column) {
    Matrix replaced = m;
    for (std::size_t row = 0; row < 3; ++row) {
      replaced[row][column] = right[row];
    }
    found[column] = determinant(replaced) / determinant(m);
  }
  return found;
}

/// Numbers in brackets are the paper's equations.
RecursiveGaussian make(double sigma) {
  const double radius = std::round(3.2795 * sigma + 0.2546);  // (57)
  Vector omega{};
  Vector p{};
  Vector r{};
  Vector rho{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double sign = i == 1 ? -1 : 1;
    omega[i] = (2.0 * static_cast<double>(i) + 1.0) * std::numbers::pi / (2.0 * radius);
    p[i] = sign / std::tan(0.5 * omega[i]);                                  // (37)
    r[i] = sign * p[i] * p[i] / std::sin(omega[i]);                          // (44)
    rho[i] = std::exp(-0.5 * sigma * sigma * omega[i] * omega[i]) / radius;  // (50)
  }
  const double d13 = p[0] * r[1] - r[0] * p[1];  // (52)
  const double zeta15 = (p[1] * r[2] - r[1] * p[2]) / d13;
  const double zeta35 = (p[2] * r[0] - r[2] * p[0]) / d13;
  const Vector beta = solve({p, r, Vector{zeta15, zeta35, 1}},
                            {1, radius * radius - sigma * sigma, zeta15 * rho[0] + zeta35 * rho[1] + rho[2]});  // (53)

  RecursiveGaussian gaussian;
  for (std::size_t i = 0; i < 3; ++i) {
    const double n = -beta[i] * std::cos(omega[i] * (radius + 1.0));  // (33)
    const double d = -2.0 * std::cos(omega[i]);
    const auto as_floats = [](double a, double b, double c, double e) {
      return std::array{static_cast<float>(a), static_cast<float>(b), static_cast<float>(c), static_cast<float>(e)};
    };
    // (35) inserted into itself for four outputs.
    gaussian.terms[i] = {
        .n2 = static_cast<float>(n),
        .d1 = static_cast<float>(d),
        .mul_in = as_floats(n, -d * n, d * d * n - n, -d * d * d * n + 2.0 * d * n),
        .mul_previous = as_floats(-d, d * d - 1.0, -d * d * d + 2.0 * d, d * d * d * d - 3.0 * d * d + 1.0),
        .mul_previous2 = as_floats(-1.0, d, -d * d + 1.0, d * d * d - 2.0 * d),
    };
  }
  return gaussian;
}

}  // namespace

const RecursiveGaussian& recursive_gaussian() {
  static const RecursiveGaussian gaussian = make(1.5);
  return gaussian;
}

}  // namespace pictor::imaging::ssimulacra2
