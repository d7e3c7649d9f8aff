/* Single values between JavaScript and C. Readers throw: TypeError for a wrong type, an Error with
 * the code invalid_argument for anything else. */
#ifndef NODE_VALUES_H
#define NODE_VALUES_H

#include <napi.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "secretstore/secretstore.h"

namespace node {

/* ---- Errors --------------------------------------------------------------------------------- */

/* A JavaScript Error with code and policyLocation. All that are made here say
 * where they come from. */
Napi::Error make_error(Napi::Env env, const ss_error &error);
[[noreturn]] void refuse(Napi::Env env, const char *label, const std::string &expected_and_got);
[[noreturn]] void refuse_type(Napi::Env env, const char *label, const char *wanted,
                              Napi::Value got);

/* ---- Memory of a call ------------------------------------------------------------------------ */

/* Bytes that are wiped when they go. */
class secret_bytes {
 public:
  secret_bytes() = default;
  explicit secret_bytes(size_t length) : bytes_(length + 1) {}
  secret_bytes(secret_bytes &&) = default;
  secret_bytes &operator=(secret_bytes &&other) noexcept {
    wipe();
    bytes_ = std::move(other.bytes_);
    return *this;
  }
  secret_bytes(const secret_bytes &) = delete;
  secret_bytes &operator=(const secret_bytes &) = delete;
  ~secret_bytes() { wipe(); }
  char *data() { return bytes_.data(); }
  size_t length() const { return bytes_.empty() ? 0 : bytes_.size() - 1; }

 private:
  void wipe() {
    if (!bytes_.empty()) ss_wipe(bytes_.data(), bytes_.size());
  }
  std::vector<char> bytes_; /* with a NUL after the last */
};

/* What the texts of a call live in: their addresses stay, and they are wiped with it. */
using texts = std::deque<secret_bytes>;

/* ---- From JavaScript; label names the argument in messages ---------------------------------- */

/* UTF-8 with a NUL after it. Lone surrogates are refused, not replaced. */
secret_bytes read_utf8(Napi::Value value, const char *label);
/* Without U+0000. */
const char *read_text(Napi::Value value, const char *label, texts &keep);
/* undefined and null are NULL. */
const char *read_optional_text(Napi::Value value, const char *label, texts &keep);
/* A number that is an integer up to 2^53-1 in size. */
int64_t read_integer(Napi::Value value, const char *label);
size_t read_size(Napi::Value value, const char *label);
bool read_boolean(Napi::Value value, const char *label);
/* undefined and null are SS_ANY_REVISION. */
int64_t read_revision(Napi::Value value, const char *label);
/* undefined keeps, null clears. */
ss_change read_text_change(Napi::Value value, const char *label, const char *&text, texts &keep);
ss_change read_integer_change(Napi::Value value, const char *label, int64_t &integer);
/* null, or a pair of actor and context. */
const ss_caller *read_caller(Napi::Value value, ss_caller &caller, texts &keep);
/* A pair of name and text. */
ss_policy_source read_policy_source(Napi::Value value, texts &keep);

/* ---- To JavaScript --------------------------------------------------------------------------- */

Napi::Value make_optional_text(Napi::Env env, const char *text);
Napi::Value make_instant(Napi::Env env, int64_t instant);
Napi::Value make_reason(Napi::Env env, ss_status reason);
Napi::Value make_bytes(Napi::Env env, const unsigned char *bytes, size_t length);
/* A secret's value, which must be UTF-8: refused otherwise, without any of it. */
Napi::Value make_value_text(Napi::Env env, const unsigned char *bytes, size_t length);

} // namespace node

#endif
