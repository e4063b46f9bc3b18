// How work is shared among threads.
#pragma once
#include "plan.h"
#ifdef __wasm__
static inline int threads(void) { return 1; }
static inline void run(int parts, void (*work)(void *arg, int i), void *arg) {
  for (int i = 0; i < parts; i++) work(arg, i);
}
#else
#include "pool.h"
#endif

// Below it, waking the others costs more than they save.
enum { LEAST_SHARED = 65536 };

static inline int threads_for(const Plan *plan) {
  return plan->size < LEAST_SHARED ? 1 : threads();
}

// Where the i-th of so many parts begins.
static inline int cut(int size, int i, int parts) { return (int)((long long)size * i / parts); }
