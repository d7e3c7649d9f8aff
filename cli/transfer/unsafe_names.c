/* The list. A * at the end stands for any ending. */
#include "transfer/unsafe_names.h"

#include <fnmatch.h>
#include <stddef.h>

static const char *const patterns[] = {
    /* loaders and the C library */
    "LD_*", "DYLD_*", "GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES",
    "LOCALDOMAIN", "RESOLV_HOST_CONF", "RES_OPTIONS", "MALLOC_*",
    /* shells, and what they run by themselves */
    "PATH", "IFS", "ENV", "BASH_*", "BASHOPTS", "SHELLOPTS", "PS0", "PS1", "PS2", "PS4",
    "PROMPT_COMMAND", "CDPATH", "FPATH", "ZDOTDIR", "SHELL", "EDITOR", "VISUAL", "PAGER", "BROWSER",
    "LESSOPEN", "LESSCLOSE", "MANPAGER", "SSH_ASKPASS", "SUDO_ASKPASS",
    /* interpreters and their package managers */
    "PYTHON*", "PERL*", "RUBY*", "GEM_*", "BUNDLE_*", "NODE_OPTIONS", "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_*", "npm_config_*", "LUA_*",
    "CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "PHPRC",
    "PHP_INI_SCAN_DIR", "DOTNET_STARTUP_HOOKS", "CORECLR_*", "COR_*", "ERL_*", "TCLLIBPATH",
    "JULIA_*", "R_PROFILE*", "R_ENVIRON*",
    /* programs that load or run what these name */
    "GIT_*", "MAKEFLAGS", "GNUMAKEFLAGS", "MFLAGS", "GCC_EXEC_PREFIX", "COMPILER_PATH",
    "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS", "CARGO_HOME", "CARGO_BUILD_*",
    "CARGO_TARGET_*", "GOFLAGS", "GOPROXY", "MAVEN_OPTS", "GRADLE_OPTS", "VIMINIT", "GVIMINIT",
    "EXINIT", "INPUTRC", "TERMCAP", "GTK_*", "QT_*", "ELECTRON_RUN_AS_NODE", "KUBECONFIG",
    "DOCKER_HOST", "DOCKER_CONFIG", "CURL_HOME", "XDG_*", "OPENSSL_CONF", "OPENSSL_MODULES",
    "OPENSSL_ENGINES", "SSLKEYLOGFILE", "TERMINFO*",
    /* our own */
    "SECRET_STORE_*"};

bool is_unsafe_name(const char *name) {
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    if (fnmatch(patterns[i], name, 0) == 0) return true;
  }
  return false;
}
