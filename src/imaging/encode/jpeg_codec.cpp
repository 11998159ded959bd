#include "imaging/encode/jpeg_codec.hpp"

#include <array>
#include <csetjmp>
#include <cstdlib>
#include <lib/jpegli/encode.h>
#include <memory>

#include "imaging/encode/samples.hpp"

namespace pictor::imaging {
namespace {

constexpr int kSideLimit = 65'500;

/// What the library may do for less bytes at the same quantisation: these choices lose nothing.
struct Form {
  int progressive_level;  ///< 0 sequential, 1 and 2 more scans
  bool own_codes;         ///< Huffman codes of the picture instead of the standard's
};
constexpr std::array<Form, 10> kFormByEffort = {Form{0, false}, Form{0, true}, Form{1, true}, Form{2, true},
                                                Form{2, true},  Form{2, true}, Form{2, true}, Form{2, true},
                                                Form{2, true},  Form{2, true}};
/// From here on, small pictures are tried sequential too: scans have headers.
constexpr int kEffortForBothForms = 2;
constexpr std::int64_t kSmallPicture = 512 * 512;
/// From here on every picture is tried in all forms.
constexpr int kEffortForAllForms = 8;

/// Owns all that the library allocates, outside of the function that it may leave by longjmp.
struct Compression {
  Compression() {
    info.err = jpegli_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) {
      auto* self = static_cast<Compression*>(common->client_data);
      common->err->format_message(common, self->message.data());
      std::longjmp(self->escape, 1);  // NOLINT(modernize-avoid-setjmp-longjmp): the library's way
    };
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
  }
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;
  ~Compression() {
    jpegli_destroy_compress(&info);
    std::free(output);  // NOLINT: the library's malloc
  }

  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  unsigned char* output = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's type
};

void configure(Compression& job, const Pixels& pixels, const EncodeSettings& settings, Form form) {
  jpeg_compress_struct& info = job.info;
  info.image_width = static_cast<JDIMENSION>(pixels.width);
  info.image_height = static_cast<JDIMENSION>(pixels.height);
  info.input_components = pixels.bands;
  info.in_color_space = pixels.bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpegli_set_defaults(&info);
  jpegli_set_input_format(&info, pixels.bits == 16 ? JPEGLI_TYPE_UINT16 : JPEGLI_TYPE_UINT8, JPEGLI_NATIVE_ENDIAN);
  jpegli_set_distance(&info, distance_of_quality(settings.quality), TRUE);
  jpegli_set_progressive_level(&info, form.progressive_level);
  info.optimize_coding = form.own_codes ? TRUE : FALSE;
  const int sampling = pixels.bands == 3 && settings.chroma == Chroma::k420 ? 2 : 1;
  info.comp_info[0].h_samp_factor = sampling;
  info.comp_info[0].v_samp_factor = sampling;
  for (int i = 1; i < info.num_components; ++i) {
    info.comp_info[i].h_samp_factor = 1;
    info.comp_info[i].v_samp_factor = 1;
  }
}

/// False: the library gave up, `job.message` says why. No object with a destructor may live here.
bool compress(Compression& job, const Pixels& pixels, const EncodeSettings& settings, Form form) {
  if (setjmp(job.escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  jpegli_create_compress(&job.info);
  job.info.client_data = &job;
  jpegli_mem_dest(&job.info, &job.output, &job.size);
  configure(job, pixels, settings, form);
  jpegli_start_compress(&job.info, TRUE);
  if (!pixels.icc.empty()) {
    jpegli_write_icc_profile(&job.info, pixels.icc.data(), static_cast<unsigned int>(pixels.icc.size()));
  }
  while (job.info.next_scanline < job.info.image_height) {
    // The library reads rows only; its type has no const.
    auto* row = const_cast<JSAMPROW>(pixels.bytes.data() + job.info.next_scanline * pixels.row_bytes());
    jpegli_write_scanlines(&job.info, &row, 1);
  }
  jpegli_finish_compress(&job.info);
  return true;
}

std::string name_of(const Pixels& pixels, const EncodeSettings& settings, Form form) {
  std::string name = "jpegli 0.12 ";
  name += pixels.bands == 1 ? "grey" : settings.chroma == Chroma::k420 ? "4:2:0" : "4:4:4";
  return name + (form.progressive_level > 0 ? " progressive" : " sequential");
}

Result<Encoded> encode_in(const Pixels& pixels, const EncodeSettings& settings, Form form) {
  const auto job = std::make_unique<Compression>();
  if (!compress(*job, pixels, settings, form)) {
    return fail_internal(std::string("jpegli: ") + job->message.data());
  }
  return Encoded{{job->output, job->output + job->size}, name_of(pixels, settings, form)};
}

std::vector<Form> forms_to_try(const Pixels& pixels, int effort) {
  std::vector<Form> forms = {by_effort(kFormByEffort, effort)};
  const bool small = std::int64_t{pixels.width} * pixels.height <= kSmallPicture;
  if (effort >= kEffortForAllForms || (effort >= kEffortForBothForms && small)) {
    forms.push_back({0, true});
  }
  if (effort >= kEffortForAllForms) {
    forms.push_back({1, true});
  }
  return forms;
}

}  // namespace

Result<Encoded> encode_jpeg(const Pixels& pixels, const EncodeSettings& settings) {
  if (const Result<void> fits = check_sides(pixels, "jpeg", kSideLimit); !fits) {
    return fail(fits.error());
  }
  if (pixels.has_alpha()) {
    return encode_jpeg(over_white(pixels), settings);
  }
  Result<Encoded> best = encode_in(pixels, settings, by_effort(kFormByEffort, settings.effort));
  for (const Form form : forms_to_try(pixels, settings.effort)) {
    if (!best) {
      return best;
    }
    if (form.progressive_level == by_effort(kFormByEffort, settings.effort).progressive_level) {
      continue;
    }
    Result<Encoded> other = encode_in(pixels, settings, form);
    if (other && other->bytes.size() < best->bytes.size()) {
      best = std::move(other);
    }
  }
  return best;
}

}  // namespace pictor::imaging
