# pictor_room(NAME room [DIR folder] DEPENDS room… LIBS target… TEST_LIBS target… EXCLUDE regex…)
#
# Makes the static library `pictor_<room>` of all *.cpp below the folder (INTERFACE when there are only headers)
# and, where *_test.cpp exist, the GoogleTest program `<room>_test`. A slash in a room's name becomes an
# underscore: engine/protocol is `pictor_engine_protocol` and `engine_protocol_test`.
#
#   NAME      the room, as tools/check_rooms names it
#   DIR       folder of the sources, relative to the caller's; its own by default. Sub-folders with a
#             CMakeLists.txt of their own are left to it
#   DEPENDS   rooms it uses
#   LIBS      third-party targets it uses (pictor::sqlite, …: cmake/ThirdParty.cmake)
#   TEST_LIBS, TEST_DEPENDS   the same for the test program alone
#   EXCLUDE   regular expressions of source paths to leave out (main.cpp of a program, for instance)

include(GoogleTest)

# All test programs: what ./run test builds.
add_custom_target(pictor_tests)

function(pictor_room)
  cmake_parse_arguments(ROOM "" "NAME;DIR" "DEPENDS;LIBS;TEST_LIBS;TEST_DEPENDS;EXCLUDE" ${ARGN})
  if(ROOM_UNPARSED_ARGUMENTS OR NOT ROOM_NAME)
    message(FATAL_ERROR "pictor_room: wrong arguments: ${ROOM_UNPARSED_ARGUMENTS}")
  endif()
  string(REPLACE "/" "_" slug "${ROOM_NAME}")
  set(folder "${CMAKE_CURRENT_SOURCE_DIR}")
  if(ROOM_DIR)
    cmake_path(APPEND folder "${ROOM_DIR}")
  endif()

  pictor_room_sources_("${folder}" sources tests)
  foreach(pattern IN LISTS ROOM_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()

  pictor_room_targets_("${ROOM_DEPENDS}" rooms)
  set(target "pictor_${slug}")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(visibility PUBLIC)
    target_link_libraries(${target} PRIVATE pictor_warnings)
  else()
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(${target} ${visibility} "${CMAKE_SOURCE_DIR}/src")
  pictor_require(${ROOM_LIBS})
  target_link_libraries(${target} ${visibility} ${rooms} ${ROOM_LIBS} Threads::Threads)

  if(tests AND PICTOR_BUILD_TESTS)
    pictor_require(pictor::gtest ${ROOM_TEST_LIBS})
    pictor_room_targets_("${ROOM_TEST_DEPENDS}" test_rooms)
    add_executable(${slug}_test ${tests})
    target_link_libraries(${slug}_test PRIVATE
      ${target} ${test_rooms} ${ROOM_TEST_LIBS} pictor::gtest pictor_warnings)
    add_dependencies(pictor_tests ${slug}_test)
    target_compile_definitions(${slug}_test PRIVATE
      PICTOR_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PICTOR_BINARY_DIR="${CMAKE_BINARY_DIR}")
    # Tests are listed when ctest runs, so that a build needs no working test program.
    gtest_discover_tests(${slug}_test
      TEST_PREFIX "${ROOM_NAME}: " DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS "${ROOM_NAME}" TIMEOUT 300)
  endif()
endfunction()

# pictor_program(NAME program SOURCES file… DEPENDS room… LIBS target…): an executable of ours.
# It lands at <build folder>/<program>.
function(pictor_program)
  cmake_parse_arguments(PROGRAM "" "NAME" "SOURCES;DEPENDS;LIBS" ${ARGN})
  if(PROGRAM_UNPARSED_ARGUMENTS OR NOT PROGRAM_NAME OR NOT PROGRAM_SOURCES)
    message(FATAL_ERROR "pictor_program: wrong arguments: ${PROGRAM_UNPARSED_ARGUMENTS}")
  endif()
  pictor_room_targets_("${PROGRAM_DEPENDS}" rooms)
  pictor_require(${PROGRAM_LIBS})
  add_executable(${PROGRAM_NAME} ${PROGRAM_SOURCES})
  target_include_directories(${PROGRAM_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${PROGRAM_NAME} PRIVATE ${rooms} ${PROGRAM_LIBS} pictor_warnings Threads::Threads)
endfunction()

# pictor_fuzzer(NAME name_fuzzer SOURCES file… DEPENDS room… LIBS target…): a libFuzzer program (preset fuzz).
# ./run fuzz builds all of them by the target pictor_fuzzers and feeds them tests/fuzz/seeds/<name>/.
function(pictor_fuzzer)
  pictor_program(${ARGN})
  cmake_parse_arguments(PROGRAM "" "NAME" "" ${ARGN})
  target_link_options(${PROGRAM_NAME} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET pictor_fuzzers)
    add_custom_target(pictor_fuzzers)
  endif()
  add_dependencies(pictor_fuzzers ${PROGRAM_NAME})
endfunction()

function(pictor_room_sources_ folder out_sources out_tests)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  file(GLOB_RECURSE nested CONFIGURE_DEPENDS "${folder}/*/CMakeLists.txt")
  foreach(list_file IN LISTS nested)
    cmake_path(GET list_file PARENT_PATH nested_folder)
    if(NOT nested_folder STREQUAL folder)
      string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" nested_pattern "${nested_folder}/")
      list(FILTER sources EXCLUDE REGEX "^${nested_pattern}")
    endif()
  endforeach()
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  set(${out_sources} ${sources} PARENT_SCOPE)
  set(${out_tests} ${tests} PARENT_SCOPE)
endfunction()

function(pictor_room_targets_ names out)
  set(targets "")
  foreach(name IN LISTS names)
    string(REPLACE "/" "_" slug "${name}")
    list(APPEND targets "pictor_${slug}")
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()
