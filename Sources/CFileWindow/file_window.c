#ifdef __linux__
#define _GNU_SOURCE
#endif

#include "CFileWindow.h"

#ifdef __linux__

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

// The window that the thread looks through.
static _Thread_local struct file_window *current;

static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous;

// Puts zeros in place of the rest of the window. What comes from elsewhere is for the handler before.
static void on_bus_error(int signal, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  struct file_window *window = current;
  uintptr_t address = (uintptr_t)info->si_addr;
  if (window && window->start && address - (uintptr_t)window->start < window->length) {
    uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    size_t rest = window->length - (page - (uintptr_t)window->start);
    void *zeros = mmap((void *)page, rest, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (zeros != MAP_FAILED) {
      window->failed = 1;
      errno = saved;
      return;
    }
  }
  sigaction(signal, &previous, 0);
  errno = saved;
}

// Others may have taken the signal since: a terminal does that to be left in order.
static int install(void) {
  struct sigaction present;
  if (sigaction(SIGBUS, 0, &present)) return 0;
  if (present.sa_flags & SA_SIGINFO && present.sa_sigaction == on_bus_error) return 1;
  pthread_mutex_lock(&installing);
  int done = !sigaction(SIGBUS, 0, &present);
  if (done && !(present.sa_flags & SA_SIGINFO && present.sa_sigaction == on_bus_error)) {
    struct sigaction action = {0};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    previous = present;
    done = !sigaction(SIGBUS, &action, 0);
  }
  pthread_mutex_unlock(&installing);
  return done;
}

// Asks for one page of every run that the system reads at once: asking for all takes a tenth of the
// time in which they are measured.
static int is_in_memory(const uint8_t *start, size_t length) {
  enum { READ_AHEAD = 128 << 10 };
  unsigned char resident = 1;
  for (size_t at = 0; resident & 1 && at < length; at += READ_AHEAD) {
    if (mincore((void *)(uintptr_t)(start + at), 1, &resident)) return 0;
  }
  return resident & 1;
}

int file_window_open(struct file_window *window, int descriptor, int64_t offset, size_t length) {
  if (!install()) return 0;
  void *start = mmap(0, length, PROT_READ, MAP_SHARED, descriptor, offset);
  if (start == MAP_FAILED) return 0;
  if (!is_in_memory(start, length)) {
    munmap(start, length);
    return 0;
  }
  window->start = start;
  window->length = length;
  window->failed = 0;
  current = window;
  return 1;
}

void file_window_close(struct file_window *window) {
  if (!window->start) return;
  if (current == window) current = 0;
  munmap((void *)(uintptr_t)window->start, window->length);
  window->start = 0;
}

#else

int file_window_open(struct file_window *window, int descriptor, int64_t offset, size_t length) {
  (void)window, (void)descriptor, (void)offset, (void)length;
  return 0;
}

void file_window_close(struct file_window *window) { (void)window; }

#endif
