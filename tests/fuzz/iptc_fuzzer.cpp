// IPTC of uploads: what is kept of a block says the same words as the block, and is kept again unchanged.
#include "base/encoding.hpp"
#include "imaging/embed/iptc.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  const std::span<const std::uint8_t> block(bytes, size);
  const imaging::Words read = imaging::read_iptc(block);
  for (const std::string* text : {&read.title, &read.caption, &read.copyright, &read.creator, &read.credit}) {
    fuzz::require(is_utf8(*text));
  }
  const std::vector<std::uint8_t> kept = imaging::write_iptc({}, block);
  const imaging::Words again = imaging::read_iptc(kept);
  fuzz::require(again.tags.size() == read.tags.size() && again.title.empty() == read.title.empty() &&
                again.caption.empty() == read.caption.empty());
  fuzz::require(imaging::write_iptc({}, kept) == kept);

  imaging::Words words = read;
  words.title = "A title";
  const std::vector<std::uint8_t> written = imaging::write_iptc(words, block);
  fuzz::require(imaging::read_iptc(written).title == "A title");
  fuzz::require(imaging::write_iptc(imaging::read_iptc(written), written).size() == written.size());
  return 0;
}
