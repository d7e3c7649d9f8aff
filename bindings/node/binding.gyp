# Builds the addon from the sources that the package brings (vendor/), for platforms without a prebuilt
# one: `npx node-gyp rebuild` in the package's folder. Needs the headers of OpenSSL 3, SQLite, jansson
# and Lua 5.4, pkg-config, and node-addon-api beside the package.
{
  "targets": [{
    "target_name": "secretstore",
    "sources": ["<!@(node -p \"require('fs').readFileSync('vendor/sources.txt', 'utf8')\")"],
    "include_dirs": [
      "vendor/core", "vendor/core/include", "vendor/swig", "vendor/native",
      "<!(node -p \"require('node-addon-api').include_dir\")",
      "<!@(pkg-config --cflags-only-I libcrypto sqlite3 jansson lua5.4 | sed 's/-I//g')"
    ],
    "defines": [
      "NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS=", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
      "_GNU_SOURCE"
    ],
    "cflags_c": ["-std=c11", "-O2", "-fvisibility=hidden"],
    "cflags_cc": ["-std=c++17", "-O2", "-fvisibility=hidden", "-fexceptions"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
    "libraries": ["<!@(pkg-config --libs libcrypto sqlite3 jansson lua5.4)", "-lpthread"]
  }]
}
