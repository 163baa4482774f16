find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url json)
find_package(OpenSSL 3.0 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core) # its package file tells no version
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)

# libjq comes without a package file.
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
find_library(JQ_LIBRARY jq REQUIRED)
add_library(jq::jq UNKNOWN IMPORTED)
set_target_properties(jq::jq PROPERTIES IMPORTED_LOCATION "${JQ_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${JQ_INCLUDE_DIR}")

# Only its reader of replies; its package file would set _FILE_OFFSET_BITS for all that links it.
find_path(HIREDIS_INCLUDE_DIR hiredis/read.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(hiredis::hiredis PROPERTIES IMPORTED_LOCATION "${HIREDIS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${HIREDIS_INCLUDE_DIR}")

# What each package may link; a library not listed here is not reachable from its code's link line.
set(NEARSIDE_LIBS_core fmt::fmt spdlog::spdlog prometheus-cpp::core Boost::headers Threads::Threads OpenSSL::Crypto)
set(NEARSIDE_LIBS_config yaml-cpp)
set(NEARSIDE_LIBS_cache PkgConfig::zstd OpenSSL::Crypto OpenSSL::SSL Boost::headers Threads::Threads hiredis::hiredis)
set(NEARSIDE_LIBS_aggregators PkgConfig::simdjson jq::jq Boost::url Boost::headers Threads::Threads)
set(NEARSIDE_LIBS_proxy Boost::url Boost::json OpenSSL::SSL ZLIB::ZLIB PkgConfig::zstd PkgConfig::brotlidec
    PkgConfig::brotlienc CLI11::CLI11)
