# Run by nearside_embed: writes TO, whose function FUNCTION of HEADER returns the text of FROM.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "([^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,)" "\\1\n" bytes "${bytes}")
file(WRITE "${TO}" "#include \"${HEADER}\"

namespace {
constexpr char text[] = {
${bytes}};
}  // namespace

std::string_view nearside::${FUNCTION}() noexcept {
    return {text, sizeof text};
}
")
