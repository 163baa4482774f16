# nearside_package(NAME [DEPENDS ...]): folder NAME becomes the static library nearside_NAME, and
# tests/unit/NAME the test binary unit_NAME. main.cpp is left out: it belongs to the executable.
# A folder with a pch.h has it precompiled, for its tests too; that pays only where Asio is in most files.
add_custom_target(unit_tests) # all unit_* binaries

set(unity_batch 20) # files; more would leave cores idle at the end, and want more memory

# nearside_compile(TARGET [HEADER...]): how the files of TARGET are compiled; HEADERs are precompiled for it without unity.
function(nearside_compile target)
  if(NEARSIDE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${unity_batch})
  else()
    set(headers ${ARGN})
    if(headers)
      target_precompile_headers(${target} PRIVATE ${headers})
    endif()
  endif()
endfunction()

# nearside_unit_tests(NAME SOURCES LIBRARY [HEADER...]): the test binary unit_NAME.
function(nearside_unit_tests name sources library)
  add_executable(unit_${name} ${sources})
  add_dependencies(unit_tests unit_${name})
  target_link_libraries(unit_${name} PRIVATE ${library} GTest::gtest GTest::gmock GTest::gtest_main)
  # What they test is optimised as the build says; the tests themselves are read once and run once.
  target_compile_options(unit_${name} PRIVATE -O0)
  nearside_compile(unit_${name} "${PROJECT_SOURCE_DIR}/tests/unit/pch.h" ${ARGN})
endfunction()

function(nearside_package name)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(nearside_${name} STATIC ${sources})
  target_link_libraries(nearside_${name} PUBLIC nearside_flags ${NEARSIDE_LIBS_${name}})
  foreach(dependency IN LISTS arg_DEPENDS)
    target_link_libraries(nearside_${name} PUBLIC nearside_${dependency})
  endforeach()
  set(pch "${CMAKE_CURRENT_SOURCE_DIR}/${name}/pch.h")
  if(NOT EXISTS "${pch}")
    set(pch "")
  endif()
  nearside_compile(nearside_${name} ${pch})

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS "tests/unit/${name}/*.cpp")
  if(tests)
    nearside_unit_tests(${name} "${tests}" nearside_${name} ${pch})
  endif()
endfunction()
