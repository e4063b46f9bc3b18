// Threads of this library's own: TensorFlow's are not reachable from its C API.
#pragma once

enum { MOST_THREADS = 64 };

// How many threads a call may take, this one among them; from 1 on.
void set_threads(int count);
int threads(void);

// Runs work(arg, i) for each i from 0 to parts - 1, on so many threads at most, and returns when all are
// done. In this thread alone where the others are busy, as within `work` itself.
void run(int threads, int parts, void (*work)(void *arg, int i), void *arg);
