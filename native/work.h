// How work is shared among threads.
#pragma once
#include "plan.h"
#ifdef __wasm__
static inline void run(int threads, int parts, void (*work)(void *arg, int i), void *arg) {
  (void)threads;
  for (int i = 0; i < parts; i++) work(arg, i);
}
#else
#include "pool.h"
#endif

// Work is shared in pieces, which the plan alone decides on, so that no bit of a sum depends on threads.
enum { MOST_PIECES = 16, LEAST_PIECE = 1 << 15 };  // elements

// Where the i-th of so many parts begins.
static inline int cut(int size, int i, int parts) { return (int)((long long)size * i / parts); }
