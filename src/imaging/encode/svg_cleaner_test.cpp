#include "imaging/encode/svg_cleaner.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "imaging/encode/svg_css.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string cleaned(std::string_view svg) {
  const Result<std::vector<std::uint8_t>> result = clean_svg(bytes_of(svg));
  return result ? std::string(result->begin(), result->end()) : "refused: " + result.error().public_message;
}

/// The inside of an SVG, cleaned, without the root's tags.
std::string inside(std::string_view content) {
  std::string all = cleaned("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>" +
                            std::string(content) + "</svg>");
  const std::size_t begin = all.find('>') + 1;
  if (all.starts_with("refused") || all.ends_with("/>")) {
    return all.starts_with("refused") ? all : (all.find("><") == std::string::npos ? "" : all.substr(begin));
  }
  return all.substr(begin, all.size() - begin - std::string_view("</svg>").size());
}

TEST(SvgCleaner, DropsWhatRuns) {
  EXPECT_EQ(inside("<script>alert(1)</script><rect width='1'/>"), "<rect width=\"1\"/>");
  EXPECT_EQ(inside("<s:script xmlns:s='http://www.w3.org/2000/svg'>alert(1)</s:script><g/>"), "<g/>");
  EXPECT_EQ(inside("<rect onclick='a()' ONLOAD='b()' width='1'/>"), "<rect width=\"1\"/>");
  EXPECT_EQ(inside("<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><b/></body></foreignObject><g/>"),
            "<g/>");
  EXPECT_EQ(inside("<a href='javascript:alert(1)'><rect width='1'/></a>"), "<a><rect width=\"1\"/></a>");
  EXPECT_EQ(inside("<a href=' java&#10;script:alert(1)' ping='https://e.example'><g/></a>"), "<a><g/></a>");
  EXPECT_EQ(inside("<g><set attributeName='href' to='javascript:alert(1)'/></g>"), "<g/>");
  EXPECT_EQ(inside("<g><animate attributeName='xlink:href' values='a'/></g>"), "<g/>");
  EXPECT_EQ(inside("<g><set attributeName='onclick' to='a()'/></g>"), "<g/>");
  EXPECT_EQ(inside("<iframe src='https://e.example'/><handler/><listener/><video/><g/>"), "<g/>");
  EXPECT_EQ(inside("<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='x' onerror='a()'/><g/>"), "<g/>");
}

TEST(SvgCleaner, DropsWhatLeadsOutside) {
  EXPECT_EQ(inside("<use href='other.svg#a'/>"), "<use/>");
  EXPECT_EQ(inside("<use xlink:href='#a'/>"), "<use xlink:href=\"#a\"/>");
  EXPECT_EQ(inside("<image href='https://e.example/a.png' width='1'/>"), "<image width=\"1\"/>");
  EXPECT_EQ(inside("<image href='data:image/svg+xml;base64,AAAA'/>"), "<image/>");
  EXPECT_EQ(inside("<image href='data:text/html,x'/>"), "<image/>");
  EXPECT_EQ(inside("<image href='data:image/png;base64,AAAA'/>"), "<image href=\"data:image/png;base64,AAAA\"/>");
  EXPECT_EQ(inside("<rect fill='url(https://e.example/#a)'/>"), "<rect fill=\"none\"/>");
  EXPECT_EQ(inside("<rect fill='url(#a)'/>"), "<rect fill=\"url(#a)\"/>");
  EXPECT_EQ(inside("<rect style='fill:URL( \"//e.example\" );stroke:red'/>"), "<rect style=\"fill:none;stroke:red\"/>");
  EXPECT_EQ(inside("<rect style='fill:\\75rl(//e.example)'/>"), "<rect/>");
  EXPECT_EQ(inside("<rect fill='u\\72 l(//e.example)'/>"), "<rect/>");
  EXPECT_EQ(inside("<rect style='fill:u/**/rl(#a)'/>"), "<rect style=\"fill:u rl(#a)\"/>");
  EXPECT_EQ(inside("<g xml:base='https://e.example'/>"), "<g/>");
  EXPECT_EQ(inside("<style>@import 'https://e.example';rect{fill:red}</style>"), "<style>rect{fill:red}</style>");
  EXPECT_EQ(inside("<style><![CDATA[@IMPORT url(//e.example); a>b{fill:red}]]></style>"),
            "<style>a&gt;b{fill:red}</style>");
  EXPECT_EQ(inside("<style>@font-face{src:url(https://e.example/f)}</style>"), "<style>@font-face{src:none}</style>");
  EXPECT_EQ(inside("<style>a{background:image-set('//e.example' 1x)}</style>"), "<style/>");
  EXPECT_EQ(inside("<style>a{content:'\\'; b:url(//e.example)'}</style>"), "<style/>");
}

TEST(SvgCleaner, DropsWhatEditorsLeave) {
  EXPECT_EQ(
      cleaned("<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' "
              "'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'><?php x ?><!-- c -->\n"
              "<svg xmlns='http://www.w3.org/2000/svg' xmlns:inkscape='http://www.inkscape.org/namespaces/inkscape' "
              "inkscape:version='1' viewBox=' 0  0 1\n 1'>\n  <metadata><a/></metadata>\n  <g id='a'>\n  </g>\n"
              "<sodipodi:namedview xmlns:sodipodi='urn:s'><x/></sodipodi:namedview></svg>"),
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><g id=\"a\"/></svg>");
}

TEST(SvgCleaner, KeepsTextsAsTheyAre) {
  EXPECT_EQ(inside("<text> a <tspan>b</tspan> <tspan>&lt;c&gt; &amp; d</tspan> </text>"),
            "<text> a <tspan>b</tspan> <tspan>&lt;c&gt; &amp; d</tspan> </text>");
  EXPECT_EQ(inside("<title>Été</title>"), "<title>Été</title>");
  EXPECT_EQ(inside("<path d='M0 0.50e1\n  L 1,2'/>"), "<path d=\"M0 0.50e1 L 1,2\"/>");
}

TEST(SvgCleaner, NamesWithPrefixesBecomePlain) {
  EXPECT_EQ(cleaned("<v:svg xmlns:v='http://www.w3.org/2000/svg'><v:g/></v:svg>"),
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>");
}

TEST(SvgCleaner, RefusesWhatItCannotTrust) {
  for (const char* bad :
       {"", "hello", "<svg", "<html/>", "<svg/>", "<a:svg xmlns:a='urn:x'/>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        "<!DOCTYPE svg [<!ENTITY % a SYSTEM 'http://e.example'> %a;]><svg xmlns='http://www.w3.org/2000/svg'/>",
        "<!DOCTYPE svg SYSTEM 'x'><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'/><svg xmlns='http://www.w3.org/2000/svg'/>"}) {
    EXPECT_TRUE(cleaned(bad).starts_with("refused: ")) << bad << " → " << cleaned(bad);
  }
  std::string deep = "<svg xmlns='http://www.w3.org/2000/svg'>";
  for (int i = 0; i < 300; ++i) {
    deep += "<g>";
  }
  EXPECT_EQ(cleaned(deep), "refused: The SVG is nested too deeply.");
}

/// Twenty drawings with what SVG has: shapes, gradients, masks, filters, patterns, texts, uses, styles, pictures.
std::vector<std::string> drawings() {
  const std::string head =
      "<?xml version='1.0' encoding='UTF-8'?>\n<!-- made -->\n<svg xmlns='http://www.w3.org/2000/svg' "
      "xmlns:xlink='http://www.w3.org/1999/xlink' width='64' height='48' viewBox='0 0 64 48'>\n "
      "<metadata>m</metadata>\n";
  std::vector<std::string> all;
  for (const char* body : {
           "<rect x='4' y='4' width='30' height='20' rx='3' fill='#c33' stroke='black' stroke-width='2'/>",
           "<circle cx='30' cy='20' r='15' fill='none' stroke='teal' stroke-dasharray='4  2'/>",
           "<ellipse cx='30' cy='20' rx='25' ry='9' style='fill:gold; stroke : navy'/>",
           "<path d='M 5,5 L 60,10\n C 50,40 20,45 5,40 Z' fill='olive'/>",
           "<polygon points='5,5 60,9\n 30,44' fill='purple'/>\n<polyline points='1,1 20,40 60,20' fill='none' "
           "stroke='red'/>",
           "<defs><linearGradient id='a'><stop offset='0' stop-color='red'/><stop offset='1' stop-color='blue'/>"
           "</linearGradient></defs><rect width='64' height='48' fill='url(#a)'/>",
           "<radialGradient id='a'><stop offset='0' stop-color='white'/><stop offset='1'/></radialGradient>"
           "<circle cx='32' cy='24' r='20' fill='url(#a)'/>",
           "<clipPath id='c'><circle cx='20' cy='20' r='14'/></clipPath><rect clip-path='url(#c)' width='64' "
           "height='48'/>",
           "<mask id='m'><rect width='64' height='48' fill='#888'/></mask><rect mask='url(#m)' width='40' height='40' "
           "fill='red'/>",
           "<filter id='f'><feGaussianBlur stdDeviation='2'/></filter><rect x='9' y='9' width='30' height='20' "
           "filter='url(#f)'/>",
           "<pattern id='p' width='8' height='8' patternUnits='userSpaceOnUse'><circle cx='4' cy='4' r='3' "
           "fill='green'/>"
           "</pattern><rect width='64' height='48' fill='url(#p)'/>",
           "<defs><g id='g'><rect width='9' height='9'/></g></defs><use xlink:href='#g' x='5'/><use href='#g' x='30' "
           "y='20'/>",
           "<symbol id='s' viewBox='0 0 10 10'><path d='M0 0H10V10z' fill='brown'/></symbol><use href='#s' width='40' "
           "height='40'/>",
           "<style>\n /* c */ .a { fill : crimson }\n rect > .b{fill:blue}\n</style><rect class='a' width='30' "
           "height='30'/>",
           "<style><![CDATA[ g > rect { fill: #0a0 } ]]></style><g><rect width='30' height='30'/></g>",
           "<g transform='translate( 10, 5 )\n rotate(20)'><rect width='30' height='10' fill='darkred'/></g>",
           "<text x='5' y='30' font-size='14'> A <tspan fill='red'>b</tspan> &amp; c </text>",
           "<text xml:space='preserve' x='5' y='30' font-size='12'>a   b</text>",
           "<switch><foreignObject requiredExtensions='urn:x' width='9' height='9'/><g><rect width='20' height='20' "
           "fill='orange'/></g></switch>",
           "<svg x='10' y='10' width='20' height='20' viewBox='0 0 2 2'><rect width='1' height='2' fill='pink'/></svg>",
           "<marker id='k' markerWidth='4' markerHeight='4' refX='2' refY='2'><circle cx='2' cy='2' r='2'/></marker>"
           "<path d='M5 5L50 40' stroke='black' marker-end='url(#k)'/>",
           "<image width='20' height='20' href='data:image/png;base64,"
           "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='/>",
       }) {
    all.push_back(head + body + "\n</svg>\n");
  }
  return all;
}

void expect_same_render(const std::string& svg, const std::string& name) {
  const std::string clean = cleaned(svg);
  ASSERT_FALSE(clean.starts_with("refused")) << name << clean;
  EXPECT_LE(clean.size(), svg.size() + 40) << name;
  EXPECT_EQ(cleaned(clean), clean) << name;
  const vips::VImage before = vips::VImage::new_from_buffer(svg.data(), svg.size(), "").copy_memory();
  const vips::VImage after = vips::VImage::new_from_buffer(clean.data(), clean.size(), "").copy_memory();
  ASSERT_EQ(before.width(), after.width()) << name;
  ASSERT_EQ(before.height(), after.height()) << name;
  EXPECT_EQ((before - after).abs().max(), 0) << name << "\n" << clean;
}

TEST(SvgCleaner, DrawsTheSameAsBefore) {
  testing::start_once();
  const std::vector<std::string> all = drawings();
  ASSERT_GE(all.size(), 20U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    expect_same_render(all[i], "drawing " + std::to_string(i));
  }
}

/// Whatever icons this machine has; none is no failure.
TEST(SvgCleaner, DrawsIconsTheSameAsBefore) {
  testing::start_once();
  std::size_t count = 0;
  std::error_code gone;
  for (const char* root : {"/usr/share/icons/Adwaita", "/usr/share/icons/hicolor"}) {
    for (auto at = std::filesystem::recursive_directory_iterator(root, gone);
         at != std::filesystem::recursive_directory_iterator() && count < 100; at.increment(gone)) {
      if (at->path().extension() == ".svg" && at->is_regular_file(gone)) {
        std::ifstream file(at->path(), std::ios::binary);
        expect_same_render({std::istreambuf_iterator<char>(file), {}}, at->path().string());
        ++count;
      }
    }
  }
}

}  // namespace
}  // namespace pictor::imaging
