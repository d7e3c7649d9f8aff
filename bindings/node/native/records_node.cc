/* One function per record, made from its description: a macro per kind of field reads it from the
 * next element of the array, or makes that element. */
#include "records_node.h"

namespace node {

/* ---- Requests -------------------------------------------------------------------------------- */

static Napi::Array read_fields(Napi::Value value, uint32_t count, const char *type) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != count) {
    refuse_type(value.Env(), type, "an array of its fields", value);
  }
  return value.As<Napi::Array>();
}

/* Bytes in memory that is JavaScript's alone: not shared with other threads. */
static bool is_bytes(Napi::Value value) {
  return value.IsTypedArray() &&
         value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
         value.As<Napi::TypedArray>().ArrayBuffer().IsArrayBuffer();
}

/* Text, or bytes, which are copied: JavaScript may change them while another thread reads. */
static void read_bytes(Napi::Value value, const char *label, texts &keep, const void *&bytes,
                       size_t &length) {
  if (value.IsString()) {
    keep.push_back(read_utf8(value, label));
  } else if (is_bytes(value)) {
    const Napi::TypedArray array = value.As<Napi::TypedArray>();
    const auto *data = static_cast<const char *>(array.ArrayBuffer().Data()) + array.ByteOffset();
    secret_bytes copied(array.ByteLength());
    if (array.ByteLength() > 0) memcpy(copied.data(), data, array.ByteLength());
    keep.push_back(std::move(copied));
  } else {
    refuse_type(value.Env(), label, "a string or a Uint8Array", value);
  }
  bytes = keep.back().data();
  length = keep.back().length();
}

std::unique_ptr<callback> read_callback(Napi::Value value, const char *label) {
  if (value.IsNull() || value.IsUndefined()) return nullptr;
  if (!value.IsArray()) refuse_type(value.Env(), label, "a pair", value);
  const Napi::Array pair = value.As<Napi::Array>();
  return std::make_unique<callback>(value.Env(), pair.Get(0u), pair.Get(1u), label);
}

static void read_progress(Napi::Value value, request_memory &memory, ss_progress_callback &progress,
                          void *&context) {
  memory.called = read_callback(value, "progress");
  if (memory.called == nullptr) return;
  progress = on_progress;
  context = memory.called.get();
}

static void read_write(Napi::Value value, request_memory &memory, ss_write_callback &write,
                       void *&context) {
  memory.called = read_callback(value, "write");
  if (memory.called == nullptr) refuse_type(value.Env(), "write", "a function", value);
  write = on_write;
  context = memory.called.get();
}

static bool read_given_text(Napi::Value value, const char *label, const char *&text, texts &keep) {
  text = read_optional_text(value, label, keep);
  return !value.IsUndefined();
}

#define READ_TEXT(label, member) request.member = read_text(item, label, memory.kept)
#define READ_OPTIONAL_TEXT(label, member) \
  request.member = read_optional_text(item, label, memory.kept)
#define READ_INTEGER(label, member) request.member = read_integer(item, label)
#define READ_BOOLEAN(label, member) request.member = read_boolean(item, label)
#define READ_REVISION(label, member) request.member = read_revision(item, label)
#define READ_BYTES(label, member) \
  read_bytes(item, label, memory.kept, (const void *&)request.member, request.member##_length)
#define READ_CHANGE_JSON(label, member) \
  request.member = read_text_change(item, label, request.member##_json, memory.kept)
#define READ_CHANGE_DURATION(label, member) \
  request.member = read_integer_change(item, label, request.member##_ms)
#define READ_CHANGE_INSTANT(label, member) \
  request.member##_change = read_integer_change(item, label, request.member)
#define READ_GIVEN_TEXT(label, flag, member) \
  request.flag = read_given_text(item, label, request.member, memory.kept)
#define READ_CODE(label, member, type) request.member = static_cast<type>(read_integer(item, label))
#define READ_SIZE(label, member) request.member = read_size(item, label)
#define READ_POLICY(label, member) \
  if (!item.IsNull() && !item.IsUndefined()) request.member = read_policy_source(item, memory.kept)
#define READ_CALLER(label, member) request.member = read_caller(item, memory.caller, memory.kept)
#define READ_KEYRING(label, member) request.member = (memory.keyring = read_keyring(item)).get()
#define READ_PROGRESS(label, member, context) \
  read_progress(item, memory, request.member, request.context)
#define READ_WRITE(label, member, context) read_write(item, memory, request.member, request.context)

/* undefined stands for what was omitted. */
#define READ_DEFAULT_CODE(label, member, type) \
  if (!item.IsUndefined()) READ_CODE(label, member, type)
#define READ_DEFAULT_INTEGER(label, member) \
  if (!item.IsUndefined()) READ_INTEGER(label, member)
#define READ_DEFAULT_SIZE(label, member) \
  if (!item.IsUndefined()) READ_SIZE(label, member)
#define READ_DEFAULT_BOOLEAN(label, member) \
  if (!item.IsUndefined()) READ_BOOLEAN(label, member)

#define COUNT_FIELD(kind, python_name, javascript_name, ...) +1
#define READ_FIELD(kind, python_name, javascript_name, ...) \
  item = fields.Get(index++);                               \
  READ_##kind(javascript_name, __VA_ARGS__);

#define DEFINE_REQUEST(type, FIELDS)                                             \
  void read_request(Napi::Value value, type &request, request_memory &memory) {  \
    uint32_t index = 0;                                                          \
    Napi::Value item;                                                            \
    type##_init(&request);                                                       \
    const Napi::Array fields = read_fields(value, 0 FIELDS(COUNT_FIELD), #type); \
    (void)memory;                                                                \
    FIELDS(READ_FIELD)                                                           \
  }
SS_REQUESTS(DEFINE_REQUEST)

/* ---- Results --------------------------------------------------------------------------------- */

template <class Make>
static Napi::Value make_list(Napi::Env env, size_t count, Make make) {
  Napi::Array list = Napi::Array::New(env, count);
  for (size_t i = 0; i < count; i++) {
    const Napi::HandleScope scope(env);
    list.Set(static_cast<uint32_t>(i), make(i));
  }
  return list;
}

#define MAKE_TEXT(member) make_optional_text(env, result->member)
#define MAKE_OPTIONAL_TEXT(member) make_optional_text(env, result->member)
#define MAKE_EMPTY_TEXT(member) \
  make_optional_text(env, result->member[0] == '\0' ? nullptr : result->member)
#define MAKE_INTEGER(member) Napi::Number::New(env, static_cast<double>(result->member))
#define MAKE_BOOLEAN(member) Napi::Boolean::New(env, result->member)
#define MAKE_INSTANT(member) make_instant(env, result->member)
#define MAKE_REASON(member) make_reason(env, result->member)
#define MAKE_NAME(member, name_of) Napi::String::New(env, name_of(result->member))
#define MAKE_BYTES(member) make_bytes(env, result->member, result->member##_length)
#define MAKE_VALUE_TEXT(member) make_value_text(env, result->member, result->member##_length)
#define MAKE_ITEMS(member, count, type) \
  make_list(env, result->count, [&](size_t i) { return make_##type(env, &result->member[i]); })
#define MAKE_OPERATIONS(member)      \
  make_list(env, SS_OPERATION_COUNT, \
            [&](size_t i) { return make_ss_operation_stats(env, &result->member[i]); })

#define MAKE_FIELD(kind, python_name, javascript_name, ...) \
  fields.Set(index++, MAKE_##kind(__VA_ARGS__));

#define DEFINE_RESULT(type, FIELDS)                                    \
  Napi::Value make_##type(Napi::Env env, const type *result) {         \
    uint32_t index = 0;                                                \
    Napi::Array fields = Napi::Array::New(env, 0 FIELDS(COUNT_FIELD)); \
    FIELDS(MAKE_FIELD)                                                 \
    return fields;                                                     \
  }
SS_RESULTS(DEFINE_RESULT)

/* ---- Names of fields ------------------------------------------------------------------------- */

#define NAME_FIELD(kind, python_name, javascript_name, ...) \
  names.Set(index++, Napi::String::New(env, javascript_name));
#define ADD_NAMES(type, FIELDS)                \
  {                                            \
    uint32_t index = 0;                        \
    Napi::Array names = Napi::Array::New(env); \
    FIELDS(NAME_FIELD)                         \
    records.Set(#type, names);                 \
  }

Napi::Value record_fields(Napi::Env env) {
  Napi::Object records = Napi::Object::New(env);
  SS_REQUESTS(ADD_NAMES)
  SS_RESULTS(ADD_NAMES)
  return records;
}

#define SPELL_FIELD(kind, python_name, javascript_name, ...) \
  spellings.Set(python_name, Napi::String::New(env, javascript_name));
#define ADD_SPELLINGS(type, FIELDS) FIELDS(SPELL_FIELD)

Napi::Value spellings(Napi::Env env) {
  Napi::Object spellings = Napi::Object::New(env);
  SS_RESULTS(ADD_SPELLINGS)
  SS_REQUESTS(ADD_SPELLINGS)
  return spellings;
}

/* ---- Constants ------------------------------------------------------------------------------- */

#define SET_CONSTANT(name, number) \
  numbers.Set(name, Napi::Number::New(env, static_cast<double>(number)));
#define ADD_CONSTANTS(group, CONSTANTS)            \
  {                                                \
    Napi::Object numbers = Napi::Object::New(env); \
    CONSTANTS(SET_CONSTANT)                        \
    groups.Set(#group, numbers);                   \
  }

Napi::Value constants(Napi::Env env) {
  Napi::Object groups = Napi::Object::New(env);
  SS_CONSTANTS(ADD_CONSTANTS)
  return groups;
}

/* ---- Batches --------------------------------------------------------------------------------- */

std::unique_ptr<put_batch> read_put_batch(Napi::Value value) {
  if (!value.IsArray()) refuse_type(value.Env(), "requests", "an array", value);
  const Napi::Array list = value.As<Napi::Array>();
  auto batch = std::make_unique<put_batch>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    batch->held.push_back(read_held<ss_put_request>(list.Get(i)));
    batch->requests.push_back(batch->held.back()->request);
  }
  batch->results.resize(batch->requests.size());
  return batch;
}

Napi::Value make_put_results(Napi::Env env, const std::vector<ss_put_result> &results) {
  return make_list(env, results.size(),
                   [&](size_t i) { return make_ss_put_result(env, &results[i]); });
}

} // namespace node
