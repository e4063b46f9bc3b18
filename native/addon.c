// What Node loads: register(path of tfjs-node's binding, or null) returns undefined, or why there are
// no ops; threads(n) sets how many threads a call may take.
#include "libc.h"
#include "napi.h"
#include "ops.h"
#include "pool.h"
#include "tensorflow.h"
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define EXPORT __attribute__((visibility("default")))

// The loops are compiled for these (see build.mjs). This file is not.
static const char *missing_instructions(void) {
#ifdef __x86_64__
  // TensorFlow, which needs AVX, takes for granted as well that the system saves the registers.
  const unsigned bmi1 = 1 << 3, avx2 = 1 << 5, bmi2 = 1 << 8, fma = 1 << 12;
  unsigned a, b = 0, c = 0, d;
  __get_cpuid(1, &a, &b, &c, &d);
  const bool has_fma = c & fma;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (~b & (bmi1 | avx2 | bmi2)) || !has_fma)
    return "the processor has no AVX2";
#endif
  return 0;
}
// The JavaScript threads share the ops.
static const char *register_once(const char *path) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static bool registered;
  static char message[256];
  pthread_mutex_lock(&lock);
  const char *reason = registered ? 0 : missing_instructions();
  if (!registered && !reason) {
    const char *missing = find_tensorflow(path);
    if (missing) {
      strcpy(message, "not found in the process: ");
      reason = strncat(message, missing, sizeof message - 1 - strlen(message));
    } else {
      stay_loaded();
      const int turn = begin_turn();
      reason = register_ops();
      end_turn(turn);
    }
  }
  registered = !reason;
  pthread_mutex_unlock(&lock);
  return reason;
}
static napi_value js_register(napi_env env, napi_callback_info info) {
  char path[4096];
  size_t count = 1;
  napi_value argument, result = 0;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  const bool has_path = !napi_get_value_string_utf8(env, argument, path, sizeof path, 0);
  const char *reason = register_once(has_path ? path : 0);
  if (reason) napi_create_string_utf8(env, reason, strlen(reason), &result);
  return result;
}
static napi_value js_threads(napi_env env, napi_callback_info info) {
  int32_t n;
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  if (!napi_get_value_int32(env, argument, &n)) set_threads(n);
  return 0;
}
EXPORT int32_t node_api_module_get_api_version_v1(void) { return 8; }
EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const struct {
    const char *name;
    napi_callback function;
  } all[] = {{"register", js_register}, {"threads", js_threads}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    napi_value function;
    napi_create_function(env, all[i].name, strlen(all[i].name), all[i].function, 0, &function);
    napi_set_named_property(env, exports, all[i].name, function);
  }
  return exports;
}
