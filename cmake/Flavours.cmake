# What each preset means to the compiler and the linker. One place for all flags of our own code.

set(PICTOR_FLAVOUR "dev" CACHE STRING "release, dev, asan, tsan or fuzz")
set_property(CACHE PICTOR_FLAVOUR PROPERTY STRINGS release dev asan tsan fuzz)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_BUILD_TYPE "" CACHE STRING "unused: PICTOR_FLAVOUR decides" FORCE)
# Programs land in the build folder itself: build/release/pictor.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_program(PICTOR_CCACHE ccache)
if(PICTOR_CCACHE)
  # Paths below the source folder are made relative, so that build folders and clones share what was compiled.
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${PICTOR_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
# No path of the building machine in the programs.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

find_program(PICTOR_MOLD mold)
find_program(PICTOR_LLD ld.lld)
if(PICTOR_MOLD AND NOT PICTOR_FLAVOUR STREQUAL "fuzz")
  add_link_options(-fuse-ld=mold)
elseif(PICTOR_LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_compile_options(-fno-omit-frame-pointer -fdiagnostics-color=always)
if(PICTOR_FLAVOUR STREQUAL "release")
  add_compile_options(-O2 -g1 -fstack-protector-strong -fstack-clash-protection -fcf-protection
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
elseif(PICTOR_FLAVOUR STREQUAL "dev")
  add_compile_options(-O0 -g1)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
elseif(PICTOR_FLAVOUR STREQUAL "asan")
  add_compile_options(-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
  add_compile_definitions(_GLIBCXX_ASSERTIONS PICTOR_ASAN=1)
elseif(PICTOR_FLAVOUR STREQUAL "tsan")
  add_compile_options(-O1 -g1 -fsanitize=thread)
  add_link_options(-fsanitize=thread)
  add_compile_definitions(_GLIBCXX_ASSERTIONS PICTOR_TSAN=1)
elseif(PICTOR_FLAVOUR STREQUAL "fuzz")
  add_compile_options(-O1 -g1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
else()
  message(FATAL_ERROR "PICTOR_FLAVOUR is '${PICTOR_FLAVOUR}': it must be release, dev, asan, tsan or fuzz")
endif()

# Warnings are errors in our code; third-party headers come in as SYSTEM and are not ours to mend.
add_library(pictor_warnings INTERFACE)
target_compile_options(pictor_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wunused
  -Wnull-dereference -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough -Wvla -Wundef
  -Werror)
if(PICTOR_FLAVOUR STREQUAL "fuzz")
  # clang has opinions of its own; gcc's builds and clang-tidy decide.
  target_compile_options(pictor_warnings INTERFACE -Wno-error)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(pictor_warnings INTERFACE -Wduplicated-cond -Wlogical-op -Wuseless-cast
    # gcc 12 reports these two wrongly inside its own <string>, <vector>, coroutines and tl::expected:
    -Wno-null-dereference -Wno-error=maybe-uninitialized -Wno-restrict -Wno-missing-field-initializers)
  if(PICTOR_FLAVOUR MATCHES "asan|tsan")
    # Sanitizer instrumentation confuses gcc's flow warnings; release and dev keep them.
    target_compile_options(pictor_warnings INTERFACE
      -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-tsan)
  endif()
endif()
