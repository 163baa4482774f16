# loadtest_script(NAME SCRIPT): build/bin/NAME runs that Python script and tells it where the built programs are.
find_program(NEARSIDE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT NEARSIDE_PYTHON)
  set(NEARSIDE_PYTHON /usr/bin/python3)
endif()
function(loadtest_script name script)
  file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/bin/${name}" CONTENT "#!/bin/sh
exec env PYTHONPATH='${PROJECT_SOURCE_DIR}/loadtest' PYTHONDONTWRITEBYTECODE=1 \\
  '${NEARSIDE_PYTHON}' '${script}' --build '${CMAKE_BINARY_DIR}' \"$@\"
" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()
