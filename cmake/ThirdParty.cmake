# Everything of others that we link, one function per part. A part is looked up when the first room asks for it
# with pictor_require(pictor::name), so that a missing one stops only who uses it, with the remedy named.

find_package(PkgConfig QUIET)

set(PICTOR_NPM "${CMAKE_SOURCE_DIR}/build/npm/node_modules" CACHE PATH "npm packages, placed by ./run setup")
set(PICTOR_MODELS "${CMAKE_SOURCE_DIR}/build/models" CACHE PATH "converted models, placed by ./run setup")
set(PICTOR_THIRD "${CMAKE_SOURCE_DIR}/build/third" CACHE PATH "codecs, placed and built by ./run setup")

macro(pictor_require)
  foreach(part_ IN ITEMS ${ARGN})
    if(part_ MATCHES "^pictor::([a-z0-9_]+)$" AND NOT TARGET ${part_})
      set(part_name_ "${CMAKE_MATCH_1}")
      if(COMMAND pictor_part_${part_name_})
        cmake_language(CALL pictor_part_${part_name_})
      else()
        message(FATAL_ERROR "cmake/ThirdParty.cmake knows no ${part_}")
      endif()
    endif()
  endforeach()
endmacro()

function(pictor_missing part what)
  message(FATAL_ERROR "${part}: ${what} is missing. Run: ./run setup")
endfunction()

function(pictor_part_from_files part)
  # pictor_part_from_files(name HEADER h [INCLUDE_SUFFIX s] LIBRARY l… DEFINES d…): a Debian package without a
  # usable CMake or pkg-config file, or where only the named library is wanted.
  cmake_parse_arguments(PART "" "HEADER;INCLUDE_SUFFIX" "LIBRARY;DEFINES" ${ARGN})
  find_path(PICTOR_${part}_INCLUDE "${PART_HEADER}" PATH_SUFFIXES ${PART_INCLUDE_SUFFIX})
  if(NOT PICTOR_${part}_INCLUDE)
    pictor_missing(pictor::${part} "header ${PART_HEADER}")
  endif()
  add_library(pictor_part_${part} INTERFACE IMPORTED GLOBAL)
  target_include_directories(pictor_part_${part} SYSTEM INTERFACE "${PICTOR_${part}_INCLUDE}")
  target_compile_definitions(pictor_part_${part} INTERFACE ${PART_DEFINES})
  foreach(library IN LISTS PART_LIBRARY)
    find_library(PICTOR_${part}_${library}_LIBRARY ${library})
    if(NOT PICTOR_${part}_${library}_LIBRARY)
      pictor_missing(pictor::${part} "library lib${library}")
    endif()
    target_link_libraries(pictor_part_${part} INTERFACE "${PICTOR_${part}_${library}_LIBRARY}")
  endforeach()
  add_library(pictor::${part} ALIAS pictor_part_${part})
endfunction()

# ---- base ----
function(pictor_part_expected)
  pictor_part_from_files(expected HEADER tl/expected.hpp)
endfunction()
function(pictor_part_json)
  pictor_part_from_files(json HEADER nlohmann/json.hpp)
endfunction()
function(pictor_part_spdlog)
  # Compiled, with Debian's libfmt: a third of the header-only build time.
  pictor_part_from_files(spdlog HEADER spdlog/spdlog.h LIBRARY spdlog fmt
    DEFINES SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB SPDLOG_FMT_EXTERNAL)
endfunction()
function(pictor_part_openssl)
  pictor_part_from_files(openssl HEADER openssl/evp.h LIBRARY crypto)
endfunction()

# ---- storage, net, http, app ----
function(pictor_part_sqlite)
  pictor_part_from_files(sqlite HEADER sqlite3.h LIBRARY sqlite3)
endfunction()
function(pictor_part_curl)
  pictor_part_from_files(curl HEADER curl/curl.h LIBRARY curl)
endfunction()
function(pictor_part_archive)
  pictor_part_from_files(archive HEADER archive.h LIBRARY archive)
endfunction()
function(pictor_part_boost)
  # Headers only: Beast and Asio with C++20 coroutines need no compiled Boost library.
  pictor_part_from_files(boost HEADER boost/beast/core.hpp
    DEFINES BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
  file(STRINGS "${PICTOR_boost_INCLUDE}/boost/version.hpp" version REGEX "define BOOST_LIB_VERSION")
  if(NOT version MATCHES "\"1_(8[1-9]|9[0-9])")
    message(FATAL_ERROR "pictor::boost: ${version} is too old (1.81 is needed). Run: ./run setup")
  endif()
endfunction()
function(pictor_part_prometheus)
  pictor_part_from_files(prometheus HEADER prometheus/registry.h LIBRARY prometheus-cpp-core)
endfunction()
function(pictor_part_cli11)
  pictor_part_from_files(cli11 HEADER CLI/CLI.hpp)
endfunction()
function(pictor_part_toml)
  pictor_part_from_files(toml HEADER toml++/toml.h)
endfunction()

# ---- imaging ----
function(pictor_part_vips)
  # sharp's libvips, by full path (no -lvips that could find Debian's). Its include folder has a jpeglib.h, hwy/,
  # libheif/, libexif/, archive.h and zlib.h of its own that must not shadow others: only vips/ and glib are shown.
  set(binary "${PICTOR_NPM}/@img/sharp-libvips-linux-x64")
  set(headers "${PICTOR_NPM}/@img/sharp-libvips-dev/include")
  file(GLOB library "${binary}/lib/libvips-cpp.so.8.*")
  if(NOT library OR NOT EXISTS "${headers}/vips/vips8")
    pictor_missing(pictor::vips "npm package @img/sharp-libvips-linux-x64 or @img/sharp-libvips-dev")
  endif()
  list(GET library 0 library)
  set(alone "${CMAKE_BINARY_DIR}/third_party/vips")
  file(MAKE_DIRECTORY "${alone}")
  file(CREATE_LINK "${headers}/vips" "${alone}/vips" SYMBOLIC)
  add_library(pictor_part_vips SHARED IMPORTED GLOBAL)
  # CMake gives the programs an rpath to this folder, so that build/release/pictor-engine runs in place.
  set_target_properties(pictor_part_vips PROPERTIES IMPORTED_LOCATION "${library}")
  target_include_directories(pictor_part_vips SYSTEM INTERFACE
    "${alone}" "${headers}/glib-2.0" "${binary}/lib/glib-2.0/include")
  add_library(pictor::vips ALIAS pictor_part_vips)
endfunction()
function(pictor_part_exempi)
  pictor_part_from_files(exempi HEADER exempi/xmp.h INCLUDE_SUFFIX exempi-2.0 LIBRARY exempi)
endfunction()
function(pictor_part_exif)
  pictor_part_from_files(exif HEADER libexif/exif-data.h LIBRARY exif)
endfunction()
function(pictor_part_heif)
  # Headers only: libheif.so.1 is opened at run time.
  pictor_part_from_files(heif HEADER libheif/heif.h)
  target_link_libraries(pictor_part_heif INTERFACE ${CMAKE_DL_LIBS})
endfunction()

function(pictor_part_highway)
  # jpegli's own Highway, built by setup/third.sh. Include it only in files that see no libvips folder (which has
  # another hwy/). Its processors are those of setup/third/CMakeLists.txt: equal results on newer machines.
  set(root "${PICTOR_THIRD}/jpegli/source/third_party/jpegli/third_party/highway")
  set(library "${PICTOR_THIRD}/jpegli/build/lib/libhwy.a")
  if(NOT EXISTS "${library}" OR NOT EXISTS "${root}/hwy/highway.h")
    pictor_missing(pictor::highway "build/third/jpegli")
  endif()
  add_library(pictor_part_highway STATIC IMPORTED GLOBAL)
  set_target_properties(pictor_part_highway PROPERTIES IMPORTED_LOCATION "${library}")
  target_include_directories(pictor_part_highway SYSTEM INTERFACE "${root}")
  target_compile_definitions(pictor_part_highway INTERFACE HWY_STATIC_DEFINE TOOLCHAIN_MISS_ASM_HWCAP_H
    "HWY_DISABLED_TARGETS=(HWY_AVX3|HWY_AVX3_DL|HWY_AVX3_SPR|HWY_AVX3_ZEN4|HWY_EMU128|HWY_SSSE3)")
  add_library(pictor::highway ALIAS pictor_part_highway)
endfunction()
function(pictor_part_jpegli)
  # Names are jpegli_*: nothing of it clashes with another libjpeg. <lib/jpegli/encode.h>; jpeglib.h is its own.
  pictor_require(pictor::highway)
  set(build "${PICTOR_THIRD}/jpegli/build")
  set(library "${build}/lib/libjpegli-static.a")
  if(NOT EXISTS "${library}")
    pictor_missing(pictor::jpegli "build/third/jpegli")
  endif()
  add_library(pictor_part_jpegli STATIC IMPORTED GLOBAL)
  set_target_properties(pictor_part_jpegli PROPERTIES IMPORTED_LOCATION "${library}")
  target_include_directories(pictor_part_jpegli SYSTEM INTERFACE
    "${build}/jpegli/lib/include/jpegli" "${PICTOR_THIRD}/jpegli/source/third_party/jpegli")
  target_link_libraries(pictor_part_jpegli INTERFACE pictor::highway)
  add_library(pictor::jpegli ALIAS pictor_part_jpegli)
endfunction()
function(pictor_part_jpeg)
  # Debian's libjpeg-turbo decodes what we wrote, as browsers do. jpegli's jpeglib.h is the same version's and is found
  # first; the two libraries share its types and no name.
  pictor_part_from_files(jpeg HEADER jpeglib.h LIBRARY jpeg)
endfunction()
function(pictor_part_webp)
  # The four libraries of a wheel, with hashed names, and sharp's headers of the same version. They know no folder of
  # their own, so the program must name all of them, needed or not.
  set(headers "${PICTOR_NPM}/@img/sharp-libvips-dev/include/webp")
  set(alone "${CMAKE_BINARY_DIR}/third_party/webp")
  file(MAKE_DIRECTORY "${alone}")
  file(CREATE_LINK "${headers}" "${alone}/webp" SYMBOLIC)
  set(libraries "")
  foreach(name IN ITEMS libsharpyuv libwebp libwebpmux libwebpdemux)
    file(GLOB library "${PICTOR_THIRD}/webp/${name}-*.so*")
    if(NOT library OR NOT EXISTS "${headers}/encode.h")
      pictor_missing(pictor::webp "build/third/webp/${name}")
    endif()
    list(GET library 0 library)
    add_library(pictor_part_webp_${name} SHARED IMPORTED GLOBAL)
    set_target_properties(pictor_part_webp_${name} PROPERTIES IMPORTED_LOCATION "${library}")
    list(APPEND libraries pictor_part_webp_${name})
  endforeach()
  add_library(pictor_part_webp INTERFACE IMPORTED GLOBAL)
  target_include_directories(pictor_part_webp SYSTEM INTERFACE "${alone}")
  target_link_libraries(pictor_part_webp INTERFACE
    "-Wl,--push-state,--no-as-needed" ${libraries} "-Wl,--pop-state")
  add_library(pictor::webp ALIAS pictor_part_webp)
endfunction()
function(pictor_part_ssimulacra2_reference)
  # Tests only: <tools/ssimulacra2.h> of jpegli's source, the oracle for imaging/metrics.
  pictor_require(pictor::jpegli)
  set(build "${PICTOR_THIRD}/jpegli/build")
  # Built by `./run setup test`, not by `serve`, which configures but never builds the tests.
  add_library(pictor_part_ssimulacra2_reference STATIC IMPORTED GLOBAL)
  set_target_properties(pictor_part_ssimulacra2_reference PROPERTIES
    IMPORTED_LOCATION "${build}/lib/libssimulacra2_reference.a")
  target_link_libraries(pictor_part_ssimulacra2_reference INTERFACE "${build}/lib/libjpegli_cms.a" pictor::jpegli)
  target_compile_definitions(pictor_part_ssimulacra2_reference INTERFACE JPEGLI_CMS_STATIC_DEFINE)
  add_library(pictor::ssimulacra2_reference ALIAS pictor_part_ssimulacra2_reference)
endfunction()

# ---- vision ----
function(pictor_part_onnxruntime)
  # Headers only; the shared library is opened with dlopen from PICTOR_ONNXRUNTIME_LIBRARY (a compile definition).
  # The npm package that has headers has them inside its iOS framework; they are the same C API on every platform.
  file(GLOB headers "${PICTOR_NPM}/com.github.asus4.onnxruntime/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers")
  file(GLOB library "${PICTOR_NPM}/onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime.so.1")
  if(NOT headers OR NOT library)
    pictor_missing(pictor::onnxruntime "npm package onnxruntime-node or com.github.asus4.onnxruntime")
  endif()
  list(GET headers 0 headers)
  list(GET library 0 library)
  # A folder of our own: gcc would take `~` well, but a plain name reads better in compile commands.
  set(alone "${CMAKE_BINARY_DIR}/third_party/onnxruntime")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/third_party")
  file(CREATE_LINK "${headers}" "${alone}" SYMBOLIC)
  add_library(pictor_part_onnxruntime INTERFACE IMPORTED GLOBAL)
  target_include_directories(pictor_part_onnxruntime SYSTEM INTERFACE "${alone}")
  target_compile_definitions(pictor_part_onnxruntime INTERFACE
    ORT_API_MANUAL_INIT PICTOR_ONNXRUNTIME_LIBRARY="${library}" PICTOR_MODELS_DIR="${PICTOR_MODELS}")
  target_link_libraries(pictor_part_onnxruntime INTERFACE ${CMAKE_DL_LIBS})
  add_library(pictor::onnxruntime ALIAS pictor_part_onnxruntime)
endfunction()

# ---- child ----
function(pictor_part_seccomp)
  pictor_part_from_files(seccomp HEADER seccomp.h LIBRARY seccomp)
endfunction()
function(pictor_part_jemalloc)
  # Not under a sanitizer: it brings an allocator of its own.
  if(PICTOR_FLAVOUR MATCHES "asan|tsan|fuzz")
    add_library(pictor_part_jemalloc INTERFACE IMPORTED GLOBAL)
    add_library(pictor::jemalloc ALIAS pictor_part_jemalloc)
  else()
    pictor_part_from_files(jemalloc HEADER jemalloc/jemalloc.h LIBRARY jemalloc DEFINES PICTOR_HAS_JEMALLOC=1)
  endif()
endfunction()

# ---- tests ----
function(pictor_part_gtest)
  find_package(GTest QUIET)
  if(NOT TARGET GTest::gtest_main OR NOT TARGET GTest::gmock)
    pictor_missing(pictor::gtest "GoogleTest")
  endif()
  add_library(pictor_part_gtest INTERFACE IMPORTED GLOBAL)
  target_link_libraries(pictor_part_gtest INTERFACE GTest::gtest_main GTest::gmock)
  add_library(pictor::gtest ALIAS pictor_part_gtest)
endfunction()
