#include "imaging/metrics/ssimulacra2_weights.hpp"

#include <algorithm>
#include <cmath>

namespace pictor::imaging::ssimulacra2 {
namespace {

/// The published weights (version 2.1): plane by plane, scale by scale, six norms each.
constexpr std::array<double, kPlanes * kScales * 6> kWeights{
    // clang-format off
    0, 0.0007376606707406586, 0, 0, 0.0007793481682867309, 0.0,  // X, 1:1
    0, 0.0004371155730107379, 0, 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752,  // X, 1:2
    0, 0.0016406437456599754, 0, 1.8422455520539298, 11.441172603757666, 0.0,  // X, 1:4
    0.0007989109436015163, 0.000176816438078653, 0, 1.8787594979546387, 10.94906990605142, 0.0,  // X, 1:8
    0.0007289346991508072, 0.9677937080626833, 0, 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053,  // X, 1:16
    0.0004550992113792063, 0, 0, 0.0013648766163243398, 0, 0.0,  // X, 1:32
    0, 0, 0, 7.466890328078848, 0, 17.445833984131262,  // Y, 1:1
    0.0006235601634041466, 0, 0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264,  // Y, 1:2
    225.20515300849274, 0, 0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985,  // Y, 1:4
    176.39317598450694, 0, 0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408,  // Y, 1:8
    0, 0, 0, 34.77906344483772, 44.835625328877896, 0.0,  // Y, 1:16
    0, 0, 0, 0, 0, 0.0,  // Y, 1:32
    0, 0.0008680556573291698, 0, 0, 0, 0.0,  // B, 1:1
    0, 0.0005313191874358747, 0, 0.00016533814161379112, 0, 0.0,  // B, 1:2
    0, 0, 0, 0.0004179171803251336, 0.0017290828234722833, 0.0,  // B, 1:4
    0.0020827005846636437, 0, 0, 8.826982764996862, 23.19243343998926, 0.0,  // B, 1:8
    95.1080498811086, 0.9863978034400682, 0.9834382792465353, 0.0012286405048278493, 171.2667255897307, 0.9807858872435379,  // B, 1:16
    0, 0, 0, 0.0005130064588990679, 0, 0.00010854057858411537,  // B, 1:32
    // clang-format on
};

constexpr double kNegligible = 0.01;

}  // namespace

std::size_t scales_of(std::size_t width, std::size_t height) {
  std::size_t scales = 0;
  while (scales < kScales && width >= 8 && height >= 8) {
    if (scales > 0) {  // the reference asks before it halves, and so makes one scale with sides under 8 px
      width = (width + 1) / 2;
      height = (height + 1) / 2;
    }
    ++scales;
  }
  return scales;
}

bool counts(std::size_t plane, std::size_t scale, std::size_t scales) {
  const auto first = kWeights.begin() + static_cast<std::ptrdiff_t>((plane * scales + scale) * 6);
  return std::any_of(first, first + 6, [](double weight) { return weight > kNegligible; });
}

double score_of(const std::array<std::array<Norms, kScales>, kPlanes>& norms, std::size_t scales) {
  double error = 0;
  std::size_t index = 0;
  for (std::size_t plane = 0; plane < kPlanes; ++plane) {
    for (std::size_t scale = 0; scale < scales; ++scale) {
      for (const double norm : norms[plane][scale]) {
        error += kWeights[index++] * std::abs(norm);
      }
    }
  }
  error *= 0.9562382616834844;
  error =
      2.326765642916932 * error - 0.020884521182843837 * error * error + 6.248496625763138e-05 * error * error * error;
  return error > 0 ? 100.0 - 10.0 * std::pow(error, 0.6276336467831387) : 100.0;
}

}  // namespace pictor::imaging::ssimulacra2
