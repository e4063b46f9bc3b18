#define _GNU_SOURCE
#include "tensorflow.h"
#include "libc.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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

// TensorFlow keeps the ops when the JavaScript thread that loaded this library ends. So it opens
// itself, once more than Node closes it; linkers have a flag for that on ELF alone.
void stay_loaded(void) {
  Dl_info this;
  if (dladdr((void *)stay_loaded, &this)) dlopen(this.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

// Copies of this package are libraries of their own, which share nothing but TensorFlow. So the lock
// is one of its file. Where there is none to be had, or another process stops in its turn, it goes on
// without.
enum { LONGEST_WAIT = 1000 };  // milliseconds
int begin_turn(void) {
  Dl_info library;
  if (!dladdr(*(void **)&TF_NewStatus, &library)) return -1;
  const int file = open(library.dli_fname, O_RDONLY | O_CLOEXEC);
  for (int i = 0; file >= 0 && i < LONGEST_WAIT; i++) {
    if (!flock(file, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK) break;
    usleep(1000);
  }
  return file;
}
void end_turn(int turn) {
  if (turn >= 0) close(turn);
}
