"""Where the programs are that are measured, unless the environment names others."""

import os

_BUILD = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build"))
TOOLS = os.environ.get("NEARSIDE_TOOLS", os.path.join(_BUILD, "bin"))
NEARSIDE = os.environ.get("NEARSIDE_BINARY", os.path.join(_BUILD, "nearside"))
