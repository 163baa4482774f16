# nearside_embed(TARGET FILE FUNCTION HEADER): the text of FILE becomes what `std::string_view nearside::FUNCTION()` of
# HEADER returns. A list of numbers rather than a literal, which compilers need not take beyond 65536 characters.
function(nearside_embed target file function header)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE from)
  cmake_path(GET file STEM stem)
  set(to "${CMAKE_BINARY_DIR}/embedded/${target}_${stem}.cpp")
  add_custom_command(OUTPUT "${to}"
    COMMAND "${CMAKE_COMMAND}" "-DFROM=${from}" "-DTO=${to}" "-DFUNCTION=${function}" "-DHEADER=${header}"
      -P "${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake"
    DEPENDS "${from}" "${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake" VERBATIM)
  target_sources(${target} PRIVATE "${to}")
  set_source_files_properties("${to}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
