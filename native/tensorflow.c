#define _GNU_SOURCE
#include "tensorflow.h"
#include "libc.h"

#define DEFINE(result, name, arguments) result(*name) arguments;
TENSORFLOW(DEFINE)

static const char *find_in(void *library) {
#define FIND(result, name, arguments) \
  if (!(*(void **)&name = dlsym(library, #name))) return #name;
  TENSORFLOW(FIND)
  return 0;
}

// Node loads addons so that their symbols are seen by nobody else; a handle sees them, and those of
// all that the library depends on.
const char *find_tensorflow(const char *path) {
  const char *const names[] = {
      path,
      "libtensorflow_framework.so.2",
      "libtensorflow.so.2",
      "libtensorflow_cc.so.2",
      "libtensorflow_framework.2.dylib",
      "libtensorflow.2.dylib",
  };
  const char *missing = "libtensorflow";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = names[i] ? dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD) : 0;
    if (library && !(missing = find_in(library))) return 0;
  }
  return missing;
}
