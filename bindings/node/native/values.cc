/* Single values between JavaScript and C. */
#include "values.h"

#include <cmath>
#include <cstring>

namespace node {

/* ---- Errors --------------------------------------------------------------------------------- */

/* src/errors.ts makes of it an error of the caller's realm. */
static void mark(Napi::Env env, Napi::Error &error, const char *code) {
  error.Set("origin", Napi::String::New(env, "secretstore"));
  error.Set("code", Napi::String::New(env, code));
}

Napi::Error make_error(Napi::Env env, const ss_error &error) {
  Napi::Error made = Napi::Error::New(env, error.message);
  mark(env, made, ss_status_name(error.code));
  if (error.policy_location[0] != '\0') {
    made.Set("policyLocation", Napi::String::New(env, error.policy_location));
  }
  return made;
}

void refuse(Napi::Env env, const char *label, const std::string &expected_and_got) {
  ss_error error{};
  error.code = SS_INVALID_ARGUMENT;
  const std::string sentence = std::string(label) + ": " + expected_and_got;
  std::strncpy(error.message, sentence.c_str(), sizeof error.message - 1);
  throw make_error(env, error);
}

static const char *type_name(Napi::Value value) {
  switch (value.Type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return "a boolean";
    case napi_number: return "a number";
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a bigint";
    default: return value.IsArray() ? "an array" : "an object";
  }
}

void refuse_type(Napi::Env env, const char *label, const char *wanted, Napi::Value got) {
  const std::string sentence =
      std::string(label) + ": expected " + wanted + ", got " + type_name(got);
  Napi::Error made = Napi::TypeError::New(env, sentence);
  mark(env, made, "wrong_type");
  throw made;
}

/* ---- From JavaScript ------------------------------------------------------------------------- */

/* Node-API replaces lone surrogates by U+FFFD. Where one is in the result, the original tells. */
static bool has_lone_surrogate(Napi::Value value) {
  const std::u16string text = value.As<Napi::String>().Utf16Value();
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] < 0xD800 || text[i] > 0xDFFF) continue;
    const bool is_pair =
        text[i] < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] <= 0xDFFF;
    if (!is_pair) return true;
    i++;
  }
  return false;
}

secret_bytes read_utf8(Napi::Value value, const char *label) {
  const Napi::Env env = value.Env();
  if (!value.IsString()) refuse_type(env, label, "a string", value);
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    throw Napi::Error::New(env);
  }
  secret_bytes bytes(length);
  if (napi_get_value_string_utf8(env, value, bytes.data(), length + 1, &length) != napi_ok) {
    throw Napi::Error::New(env);
  }
  if (memmem(bytes.data(), length, "\xEF\xBF\xBD", 3) != nullptr && has_lone_surrogate(value)) {
    refuse(env, label, "expected text that is valid Unicode, got a lone surrogate");
  }
  return bytes;
}

const char *read_text(Napi::Value value, const char *label, texts &keep) {
  secret_bytes bytes = read_utf8(value, label);
  if (std::memchr(bytes.data(), '\0', bytes.length()) != nullptr) {
    refuse(value.Env(), label, "expected no control characters, got U+0000");
  }
  keep.push_back(std::move(bytes));
  return keep.back().data();
}

static bool is_missing(Napi::Value value) { return value.IsNull() || value.IsUndefined(); }

const char *read_optional_text(Napi::Value value, const char *label, texts &keep) {
  return is_missing(value) ? nullptr : read_text(value, label, keep);
}

int64_t read_integer(Napi::Value value, const char *label) {
  if (!value.IsNumber()) refuse_type(value.Env(), label, "a number", value);
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(std::fabs(number) <= static_cast<double>(SS_MAX_INTEGER)) || number != std::trunc(number)) {
    const std::string got = Napi::Value(value).ToString().Utf8Value();
    refuse(value.Env(), label, "expected an integer up to 2^53-1 in size, got " + got);
  }
  return static_cast<int64_t>(number);
}

size_t read_size(Napi::Value value, const char *label) {
  const int64_t integer = read_integer(value, label);
  if (integer < 0) refuse(value.Env(), label, "expected 0 or more, got a negative number");
  return static_cast<size_t>(integer);
}

bool read_boolean(Napi::Value value, const char *label) {
  if (!value.IsBoolean()) refuse_type(value.Env(), label, "a boolean", value);
  return value.As<Napi::Boolean>().Value();
}

int64_t read_revision(Napi::Value value, const char *label) {
  if (is_missing(value)) return SS_ANY_REVISION;
  const int64_t revision = read_integer(value, label);
  if (revision < 0) refuse(value.Env(), label, "expected 0 or more, got a negative number");
  return revision;
}

static ss_change change_of(Napi::Value value) {
  return value.IsUndefined() ? SS_KEEP : value.IsNull() ? SS_CLEAR : SS_SET;
}

ss_change read_text_change(Napi::Value value, const char *label, const char *&text, texts &keep) {
  const ss_change change = change_of(value);
  if (change == SS_SET) text = read_text(value, label, keep);
  return change;
}

ss_change read_integer_change(Napi::Value value, const char *label, int64_t &integer) {
  const ss_change change = change_of(value);
  if (change == SS_SET) integer = read_integer(value, label);
  return change;
}

static Napi::Array read_pair(Napi::Value value, const char *label) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 2) {
    refuse_type(value.Env(), label, "a pair", value);
  }
  return value.As<Napi::Array>();
}

const ss_caller *read_caller(Napi::Value value, ss_caller &caller, texts &keep) {
  if (is_missing(value)) return nullptr;
  const Napi::Array pair = read_pair(value, "caller");
  caller.actor = read_optional_text(pair.Get(0u), "actor", keep);
  caller.context_json = read_optional_text(pair.Get(1u), "context", keep);
  return &caller;
}

ss_policy_source read_policy_source(Napi::Value value, texts &keep) {
  const Napi::Array pair = read_pair(value, "policy");
  ss_policy_source source{};
  source.name = read_optional_text(pair.Get(0u), "policy name", keep);
  keep.push_back(read_utf8(pair.Get(1u), "policy"));
  source.text = keep.back().data();
  source.text_length = keep.back().length();
  return source;
}

/* ---- To JavaScript --------------------------------------------------------------------------- */

Napi::Value make_optional_text(Napi::Env env, const char *text) {
  return text == nullptr ? env.Null() : Napi::String::New(env, text).As<Napi::Value>();
}

Napi::Value make_instant(Napi::Env env, int64_t instant) {
  if (instant == SS_NO_EXPIRY) return env.Null();
  return Napi::Number::New(env, static_cast<double>(instant));
}

Napi::Value make_reason(Napi::Env env, ss_status reason) {
  return reason == SS_OK ? env.Null()
                         : Napi::String::New(env, ss_status_name(reason)).As<Napi::Value>();
}

Napi::Value make_bytes(Napi::Env env, const unsigned char *bytes, size_t length) {
  return Napi::Buffer<unsigned char>::Copy(env, bytes, length);
}

Napi::Value make_value_text(Napi::Env env, const unsigned char *bytes, size_t length) {
  if (bytes == nullptr) return env.Null();
  if (!ss_is_utf8(bytes, length)) {
    refuse(env, "value", "expected UTF-8, got other bytes; getBytes returns them");
  }
  return Napi::String::New(env, reinterpret_cast<const char *>(bytes), length);
}

} // namespace node
