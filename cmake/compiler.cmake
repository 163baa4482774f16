# g++ below 14 miscompiles C++20 coroutines without a warning (double frees, lost resumes); a proxy
# made of coroutines must not be built with it. tests/canary holds programs that show the fault.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} silently miscompiles C++20 coroutines (frames freed twice, awaiters "
    "never resumed). Use clang 19: 'cmake --preset release', or -DCMAKE_CXX_COMPILER=clang++-19.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is older than the coroutine fixes nearside needs; use clang 19.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# asan | tsan, or empty. Set by the presets.
set(NEARSIDE_SANITIZER "" CACHE STRING "asan (address, undefined, and what fuzzers need), tsan, or empty")
if(NEARSIDE_SANITIZER)
  # Assertions hold there.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
else()
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
endif()

# Most of a file's time goes into headers: read once for many files (unity), or precompiled where each file is compiled
# alone, as is better while somebody edits. Precompiled headers hold the paths of their build folder, so that ccache
# shares nothing with another; unity builds share all.
option(NEARSIDE_UNITY "Compile many files as one; off: each alone, with precompiled headers" ON)

# Hits across clones and build folders: paths are relative to the tree (also in debug information, so the folder need
# not be hashed), and the compiler is known by its version. pch_defines and time_macros are what ccache asks for before
# it takes part in precompiled headers.
find_program(NEARSIDE_CCACHE ccache)
if(NEARSIDE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_SLOPPINESS=pch_defines,time_macros
    "CCACHE_COMPILERCHECK=%compiler% --version" CCACHE_NOHASHDIR=1 "${NEARSIDE_CCACHE}")
endif()
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-ffile-compilation-dir=. "SHELL:-Xclang -fno-pch-timestamp")
endif()

# Tools and test binaries; nearside itself stays at the top of the build folder.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

add_library(nearside_flags INTERFACE)
target_compile_options(nearside_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wno-missing-designated-field-initializers -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# Where many files are read as one (cmake/package.cmake), a name of one shadows another's by right.
if(NOT NEARSIDE_UNITY)
  target_compile_options(nearside_flags INTERFACE -Wshadow)
endif()
target_include_directories(nearside_flags INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}")
target_compile_definitions(nearside_flags INTERFACE
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16 # a nested awaitable then costs no malloc
  BOOST_ASIO_NO_DEPRECATED
  NEARSIDE_VERSION="${PROJECT_VERSION}")

# asan carries the fuzzers' instrumentation, too: one build then serves the tests and the fuzzers. The check of vptr needs
# descriptors to look at memory, which tests exhaust on purpose.
if(NEARSIDE_SANITIZER STREQUAL "asan")
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(NEARSIDE_SANITIZER STREQUAL "tsan")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
