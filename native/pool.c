#include "pool.h"
#include "libc.h"

static _Atomic int count = 1;
void set_threads(int n) { count = n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : n; }
int threads(void) { return count; }

// The work that is to be done. The lock is held by all who read or write it, but for `work` and `arg`, which do
// not change while parts are left.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t started = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;
static struct {
  void (*work)(void *, int);
  void *arg;
  int parts, next, left;
  int seats;    // for workers that may still join
  int workers;
} job;

static void take_parts(void) {
  while (job.next < job.parts) {
    const int i = job.next++;
    pthread_mutex_unlock(&lock);
    job.work(job.arg, i);
    pthread_mutex_lock(&lock);
    if (--job.left == 0) pthread_cond_signal(&finished);
  }
}

// Sleeps between jobs, for as long as the process lives.
static void *worker(void *unused) {
  pthread_mutex_lock(&lock);
  for (;; take_parts()) {
    while (job.next == job.parts || job.seats == 0) pthread_cond_wait(&started, &lock);
    job.seats--;
  }
  return unused;
}

void run(int threads, int parts, void (*work)(void *, int), void *arg) {
  // Where two JavaScript threads call at once, the second does without workers.
  static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;
  if (parts == 1 || threads == 1 || pthread_mutex_trylock(&busy)) {
    for (int i = 0; i < parts; i++) work(arg, i);
    return;
  }
  pthread_mutex_lock(&lock);
  job.seats = (threads < parts ? threads : parts) - 1;
  for (pthread_t thread; job.workers < job.seats; job.workers++) {
    // Where no thread is to be had, those that are there do it.
    if (pthread_create(&thread, 0, worker, 0)) break;
    pthread_detach(thread);
  }
  job.work = work;
  job.arg = arg;
  job.next = 0;
  job.parts = job.left = parts;
  pthread_cond_broadcast(&started);
  take_parts();
  while (job.left > 0) pthread_cond_wait(&finished, &lock);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&busy);
}
