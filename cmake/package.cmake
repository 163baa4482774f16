# nearside_package(NAME [DEPENDS ...]): folder NAME becomes the static library nearside_NAME, and
# tests/unit/NAME the test binary unit_NAME. main.cpp is left out: it belongs to the executable.
# A folder with a pch.h has it precompiled, for its tests too; that pays only where Asio is in most files.
add_custom_target(unit_tests) # all unit_* binaries

# A precompiled header holds the paths of its build folder, and ccache then shares nothing with another folder. The
# presets' own folders stay where they are; further ones beside them fill from ccache instead.
set(pch_default ON)
cmake_path(IS_PREFIX CMAKE_SOURCE_DIR "${CMAKE_BINARY_DIR}" NORMALIZE in_tree)
if(NEARSIDE_CCACHE AND NOT in_tree)
  set(pch_default OFF)
endif()
option(NEARSIDE_PCH "Precompile the headers of packages that have a pch.h" ${pch_default})

function(nearside_package name)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(nearside_${name} STATIC ${sources})
  target_link_libraries(nearside_${name} PUBLIC nearside_flags ${NEARSIDE_LIBS_${name}})
  foreach(dependency IN LISTS arg_DEPENDS)
    target_link_libraries(nearside_${name} PUBLIC nearside_${dependency})
  endforeach()
  # Builds that nobody edits in: most of a file's time goes into headers, which many files then read once.
  if(NEARSIDE_SANITIZER)
    set_target_properties(nearside_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 20)
  endif()
  set(pch "${CMAKE_CURRENT_SOURCE_DIR}/${name}/pch.h")
  if(NOT EXISTS "${pch}")
    set(pch "")
  endif()
  if(NEARSIDE_PCH AND pch)
    target_precompile_headers(nearside_${name} PRIVATE "${pch}")
  endif()

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS "tests/unit/${name}/*.cpp")
  if(tests)
    add_executable(unit_${name} ${tests})
    target_link_libraries(unit_${name} PRIVATE nearside_${name} GTest::gtest GTest::gmock GTest::gtest_main)
    add_dependencies(unit_tests unit_${name})
    if(NEARSIDE_PCH)
      target_precompile_headers(unit_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/tests/unit/pch.h" ${pch})
    endif()
  endif()
endfunction()
