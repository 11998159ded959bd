#include "imaging/encode/png_palette.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

namespace pictor::imaging {
namespace {

constexpr std::uint32_t kAlpha = 0xFF000000U;
constexpr std::int16_t kFree = -1;

std::uint32_t luma_of(std::uint32_t colour) {
  return (colour & 0xFFU) * 299 + (colour >> 8U & 0xFFU) * 587 + (colour >> 16U & 0xFFU) * 114;
}

std::vector<std::uint32_t> picked(const ColourCount& colours, const std::vector<std::size_t>& order) {
  std::vector<std::uint32_t> palette;
  palette.reserve(order.size());
  for (const std::size_t number : order) {
    palette.push_back(colours.colours()[number]);
  }
  return palette;
}

/// Sorted by `before`, those with transparency first, so that tRNS stays short.
template <class Before>
std::vector<std::uint32_t> sorted(const ColourCount& colours, Before before) {
  std::vector<std::size_t> order(colours.colours().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const bool opaque_a = colours.colours()[a] >= kAlpha;
    const bool opaque_b = colours.colours()[b] >= kAlpha;
    return opaque_a != opaque_b ? opaque_b : before(a, b);
  });
  return picked(colours, order);
}

/// A chain that grows at both ends by the colour that meets its members most, near ones more (after Zeng, Li and Lei,
/// "An efficient color re-indexing scheme for palette-based compression", 2000).
std::vector<std::uint32_t> chained(const ColourCount& colours, const Neighbours& neighbours) {
  const std::size_t size = colours.colours().size();
  std::vector<bool> used(size, false);
  std::vector<std::uint64_t> total(size, 0);
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b < size; ++b) {
      total[a] += neighbours.between(a, b);
    }
  }
  std::deque<std::size_t> chain;
  const auto first = static_cast<std::size_t>(std::max_element(total.begin(), total.end()) - total.begin());
  chain.push_back(first);
  used[first] = true;
  // Weighted sums of each colour to the chain, from either end; kept up as the chain grows.
  while (chain.size() < size) {
    std::size_t best = size;
    double most = -1;
    bool at_front = false;
    for (std::size_t candidate = 0; candidate < size; ++candidate) {
      if (used[candidate]) {
        continue;
      }
      double front = 0;
      double back = 0;
      const std::size_t reach = std::min<std::size_t>(chain.size(), 24);
      for (std::size_t i = 0; i < reach; ++i) {
        const double weight = 1.0 / static_cast<double>(i + 1);
        front += static_cast<double>(neighbours.between(candidate, chain[i])) * weight;
        back += static_cast<double>(neighbours.between(candidate, chain[chain.size() - 1 - i])) * weight;
      }
      if (std::max(front, back) > most) {
        most = std::max(front, back);
        best = candidate;
        at_front = front > back;
      }
    }
    used[best] = true;
    if (at_front) {
      chain.push_front(best);
    } else {
      chain.push_back(best);
    }
  }
  return picked(colours, {chain.begin(), chain.end()});
}

}  // namespace

PaletteIndex::PaletteIndex() { numbers_.fill(kFree); }

PaletteIndex::PaletteIndex(std::span<const std::uint32_t> palette) : PaletteIndex() {
  for (const std::uint32_t colour : palette) {
    add(colour);
  }
}

std::size_t PaletteIndex::slot_of(std::uint32_t colour) const {
  std::size_t slot = colour * 0x9E3779B1U >> 22U;
  while (numbers_[slot] != kFree && colours_[slot] != colour) {
    slot = (slot + 1) % kSlots;
  }
  return slot;
}

int PaletteIndex::find(std::uint32_t colour) const { return numbers_[slot_of(colour)]; }

void PaletteIndex::find(std::span<const std::uint32_t> row, std::span<std::uint8_t> numbers) const {
  std::uint32_t last = row.empty() ? 0 : ~row[0];
  std::uint8_t number = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] != last) {
      last = row[i];
      number = static_cast<std::uint8_t>(find(last));
    }
    numbers[i] = number;
  }
}

void PaletteIndex::add(std::uint32_t colour) {
  const std::size_t slot = slot_of(colour);
  if (numbers_[slot] == kFree) {
    colours_[slot] = colour;
    numbers_[slot] = next_++;
  }
}

bool ColourCount::add(std::span<const std::uint32_t> row) {
  for (std::size_t i = 0; i < row.size();) {
    std::size_t end = i + 1;
    while (end < row.size() && row[end] == row[i]) {
      ++end;
    }
    const int number = index_.find(row[i]);
    if (number >= 0) {
      counts_[static_cast<std::size_t>(number)] += end - i;
    } else if (colours_.size() == 256) {
      return false;
    } else {
      index_.add(row[i]);
      colours_.push_back(row[i]);
      counts_.push_back(end - i);
    }
    i = end;
  }
  return true;
}

Neighbours::Neighbours(const ColourCount& colours)
    : colours_(colours), size_(colours.colours().size()), counts_(size_ * size_, 0) {}

void Neighbours::add(std::span<const std::uint32_t> row, std::span<const std::uint32_t> above) {
  numbers_.resize(row.size());
  colours_.index().find(row, numbers_);
  for (std::size_t i = 1; i < row.size(); ++i) {
    ++counts_[numbers_[i - 1] * size_ + numbers_[i]];
  }
  if (!above.empty()) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      ++counts_[numbers_above_[i] * size_ + numbers_[i]];
    }
  }
  numbers_.swap(numbers_above_);
}

std::uint64_t Neighbours::between(std::size_t a, std::size_t b) const {
  return a == b ? 0 : std::uint64_t{counts_[a * size_ + b]} + counts_[b * size_ + a];
}

std::vector<std::vector<std::uint32_t>> palette_orders(const ColourCount& colours, const Neighbours* neighbours,
                                                       int effort) {
  std::vector<std::vector<std::uint32_t>> orders;
  orders.push_back(sorted(colours, [&](std::size_t a, std::size_t b) {
    return luma_of(colours.colours()[a]) < luma_of(colours.colours()[b]);
  }));
  if (effort >= 1) {
    orders.push_back(
        sorted(colours, [&](std::size_t a, std::size_t b) { return colours.counts()[a] > colours.counts()[b]; }));
  }
  if (neighbours != nullptr) {
    orders.push_back(chained(colours, *neighbours));
  }
  if (effort >= 5) {
    orders.push_back(colours.colours());
  }
  // Few colours: several ways give the same order.
  for (auto order = orders.begin(); order != orders.end();) {
    order = std::find(orders.begin(), order, *order) != order ? orders.erase(order) : order + 1;
  }
  return orders;
}

}  // namespace pictor::imaging
