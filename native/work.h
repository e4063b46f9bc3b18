// How work is shared among threads.
#pragma once
#include "plan.h"
#include "pool.h"

// Below it, waking the others costs more than they save.
enum { LEAST_SHARED = 65536 };

static inline int threads_for(const Plan *plan) {
  return plan->size < LEAST_SHARED ? 1 : threads();
}

// Where the i-th of so many parts begins.
static inline int cut(int size, int i, int parts) { return (int)((long long)size * i / parts); }
