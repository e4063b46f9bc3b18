// How work is shared among threads.
#pragma once
#include "plan.h"
#ifdef __wasm__
static inline void run(int parts, void (*work)(void *arg, int i), void *arg) {
  for (int i = 0; i < parts; i++) work(arg, i);
}
#else
#include "pool.h"
#endif

// Where the i-th of so many parts begins.
static inline int cut(int size, int i, int parts) { return (int)((long long)size * i / parts); }
