// The part of Node-API that is used here; its binary interface does not change.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);

extern int napi_create_function(napi_env, const char *name, size_t length, napi_callback,
                                void *data, napi_value *result);
extern int napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
extern int napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *arguments,
                            napi_value *receiver, void **data);
extern int napi_get_value_string_utf8(napi_env, napi_value, char *text, size_t size,
                                      size_t *length);
extern int napi_get_value_int32(napi_env, napi_value, int32_t *result);
extern int napi_create_string_utf8(napi_env, const char *text, size_t length, napi_value *result);
