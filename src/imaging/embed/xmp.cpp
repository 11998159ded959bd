#include "imaging/embed/xmp.hpp"

#include <array>
#include <cstring>
#include <exempi/xmp.h>
#include <exempi/xmpconsts.h>
#include <memory>
#include <string>

#include "base/encoding.hpp"

namespace pictor::imaging {
namespace {

constexpr const char* kIptcCore = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";

constexpr const char* kIptcExtension = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
constexpr const char* kDrone = "http://www.dji.com/drone-dji/1.0/";

struct Property {
  const char* schema;
  const char* name;
};
/// Where a picture was taken: EXIF's GPS in XMP (CIPA DC-010), IPTC's structures that may hold it, and drones' own.
constexpr std::array kPlaces = {
    Property{NS_EXIF, "GPSVersionID"},         Property{NS_EXIF, "GPSLatitude"},
    Property{NS_EXIF, "GPSLongitude"},         Property{NS_EXIF, "GPSAltitudeRef"},
    Property{NS_EXIF, "GPSAltitude"},          Property{NS_EXIF, "GPSTimeStamp"},
    Property{NS_EXIF, "GPSSatellites"},        Property{NS_EXIF, "GPSStatus"},
    Property{NS_EXIF, "GPSMeasureMode"},       Property{NS_EXIF, "GPSDOP"},
    Property{NS_EXIF, "GPSSpeedRef"},          Property{NS_EXIF, "GPSSpeed"},
    Property{NS_EXIF, "GPSTrackRef"},          Property{NS_EXIF, "GPSTrack"},
    Property{NS_EXIF, "GPSImgDirectionRef"},   Property{NS_EXIF, "GPSImgDirection"},
    Property{NS_EXIF, "GPSMapDatum"},          Property{NS_EXIF, "GPSDestLatitude"},
    Property{NS_EXIF, "GPSDestLongitude"},     Property{NS_EXIF, "GPSDestBearingRef"},
    Property{NS_EXIF, "GPSDestBearing"},       Property{NS_EXIF, "GPSDestDistanceRef"},
    Property{NS_EXIF, "GPSDestDistance"},      Property{NS_EXIF, "GPSProcessingMethod"},
    Property{NS_EXIF, "GPSAreaInformation"},   Property{NS_EXIF, "GPSDifferential"},
    Property{NS_EXIF, "GPSHPositioningError"}, Property{kIptcExtension, "LocationCreated"},
    Property{kIptcExtension, "LocationShown"}, Property{kDrone, "GpsLatitude"},
    Property{kDrone, "GpsLongitude"},          Property{kDrone, "GpsLongtitude"},
    Property{kDrone, "AbsoluteAltitude"},      Property{kDrone, "RelativeAltitude"},
};

struct FreeXmp {
  void operator()(_Xmp* xmp) const { xmp_free(xmp); }
};
using Xmp = std::unique_ptr<_Xmp, FreeXmp>;
struct FreeString {
  void operator()(_XmpString* text) const { xmp_string_free(text); }
};
using Text = std::unique_ptr<_XmpString, FreeString>;

/// A language alternative (`rdf:Alt` of `xml:lang`): the text as the default and in its own language.
void set_localized(_Xmp* xmp, const char* schema, const char* name, const std::string& text,
                   const std::string& language) {
  xmp_delete_property(xmp, schema, name);
  if (text.empty()) {
    return;
  }
  xmp_set_localized_text(xmp, schema, name, nullptr, "x-default", text.c_str(), 0);
  xmp_set_localized_text(xmp, schema, name, nullptr, language.c_str(), text.c_str(), 0);
}

void set_simple(_Xmp* xmp, const char* schema, const char* name, const std::string& text) {
  xmp_delete_property(xmp, schema, name);
  if (!text.empty()) {
    xmp_set_property(xmp, schema, name, text.c_str(), 0);
  }
}

void set_array(_Xmp* xmp, const char* schema, const char* name, std::uint32_t kind,
               const std::vector<std::string>& items) {
  xmp_delete_property(xmp, schema, name);
  for (const std::string& item : items) {
    xmp_append_array_item(xmp, schema, name, kind, item.c_str(), 0);
  }
}

std::string localized(_Xmp* xmp, const char* schema, const char* name) {
  const Text text(xmp_string_new());
  const bool found = xmp_get_localized_text(xmp, schema, name, "", "x-default", nullptr, text.get(), nullptr);
  return found ? to_valid_utf8(xmp_string_cstr(text.get())) : std::string();
}

std::string simple(_Xmp* xmp, const char* schema, const char* name) {
  const Text text(xmp_string_new());
  return xmp_get_property(xmp, schema, name, text.get(), nullptr) ? to_valid_utf8(xmp_string_cstr(text.get()))
                                                                  : std::string();
}

std::vector<std::string> items(_Xmp* xmp, const char* schema, const char* name) {
  static constexpr int kMost = 200;
  std::vector<std::string> list;
  const Text text(xmp_string_new());
  for (int i = 1; i <= kMost && xmp_get_array_item(xmp, schema, name, i, text.get(), nullptr); ++i) {
    list.push_back(to_valid_utf8(xmp_string_cstr(text.get())));
  }
  return list;
}

Xmp parsed(std::span<const std::uint8_t> packet) {
  return Xmp(packet.empty() ? nullptr : xmp_new(reinterpret_cast<const char*>(packet.data()), packet.size()));
}

}  // namespace

bool start_xmp() {
  const bool started = xmp_init();
  const Text prefix(xmp_string_new());
  return started && xmp_register_namespace(kIptcCore, "Iptc4xmpCore", prefix.get());
}

std::vector<std::uint8_t> write_xmp(const Words& words, std::span<const std::uint8_t> base, bool keep_places) {
  Xmp xmp = parsed(base);
  if (!xmp) {
    if (words.empty()) {
      return {};
    }
    xmp.reset(xmp_new_empty());
  }
  _Xmp* out = xmp.get();
  // The file's orientation is upright from here on, whatever the packet said.
  xmp_delete_property(out, NS_TIFF, "Orientation");
  // It shows the picture as it was.
  xmp_delete_property(out, NS_XAP, "Thumbnails");
  for (const Property& place : kPlaces) {
    if (!keep_places) {
      xmp_delete_property(out, place.schema, place.name);
    }
  }
  if (!words.empty()) {
    set_localized(out, NS_DC, "title", words.title, words.language);
    set_localized(out, kIptcCore, "AltTextAccessibility", words.alt, words.language);
    set_simple(out, NS_PHOTOSHOP, "Headline", words.caption == words.description ? std::string() : words.caption);
    set_localized(out, NS_DC, "description", words.description, words.language);
    set_localized(out, kIptcCore, "ExtDescrAccessibility", words.description, words.language);
    set_array(out, NS_DC, "subject", XMP_PROP_ARRAY_IS_UNORDERED, words.tags);
    set_localized(out, NS_DC, "rights", words.copyright, words.language);
    set_array(out, NS_DC, "creator", XMP_PROP_ARRAY_IS_ORDERED,
              words.creator.empty() ? std::vector<std::string>() : std::vector{words.creator});
    set_simple(out, NS_PHOTOSHOP, "Credit", words.credit);
  }
  const Text text(xmp_string_new());
  if (!xmp_serialize(out, text.get(), XMP_SERIAL_OMITPACKETWRAPPER | XMP_SERIAL_USECOMPACTFORMAT, 0)) {
    return {};
  }
  // The wrapper by hand: no padding, since nobody edits these in place.
  const std::string packet = std::string("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n") +
                             xmp_string_cstr(text.get()) + "\n<?xpacket end=\"r\"?>";
  return {packet.begin(), packet.end()};
}

bool xmp_has_place(std::span<const std::uint8_t> packet) {
  const Xmp xmp = parsed(packet);
  return xmp &&
         (xmp_has_property(xmp.get(), NS_EXIF, "GPSLatitude") || xmp_has_property(xmp.get(), kDrone, "GpsLatitude"));
}

Words read_xmp(std::span<const std::uint8_t> packet) {
  const Xmp xmp = parsed(packet);
  Words words;
  if (!xmp) {
    return words;
  }
  words.alt = localized(xmp.get(), kIptcCore, "AltTextAccessibility");
  words.title = localized(xmp.get(), NS_DC, "title");
  words.caption = simple(xmp.get(), NS_PHOTOSHOP, "Headline");
  words.description = localized(xmp.get(), NS_DC, "description");
  words.tags = items(xmp.get(), NS_DC, "subject");
  words.copyright = localized(xmp.get(), NS_DC, "rights");
  const std::vector<std::string> creators = items(xmp.get(), NS_DC, "creator");
  words.creator = creators.empty() ? "" : creators.front();
  words.credit = simple(xmp.get(), NS_PHOTOSHOP, "Credit");
  return words;
}

}  // namespace pictor::imaging
