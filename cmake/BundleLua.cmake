# Writes a C file with Lua modules as text. Run as a script:
#   cmake -DOUTPUT=bundled.c -DMODULES="a.lua;b.lua" -P BundleLua.cmake
set(texts "")
set(table "")
foreach(module ${MODULES})
  get_filename_component(name "${module}" NAME_WE)
  file(READ "${module}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR length "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND texts "static const char ${name}_text[] = {\n${bytes}\n0};\n")
  string(APPEND table "    {\"${name}\", ${name}_text, ${length}},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "/* Made by cmake/BundleLua.cmake from core/policy/modules; do not edit. */\n"
  "#include \"policy/bundled.h\"\n\n${texts}\n"
  "const bundled_module bundled_modules[] = {\n${table}    {NULL, NULL, 0},\n};\n")
configure_file("${OUTPUT}.new" "${OUTPUT}" COPYONLY)
