#include "imaging/promise/nature.hpp"

namespace pictor::imaging {

Nature nature_of(const Pixels& /*picture*/) { return {}; }

}  // namespace pictor::imaging
