#ifndef CFILEWINDOW_H
#define CFILEWINDOW_H

#include <stddef.h>
#include <stdint.h>

// A range of a file that is mapped, so that what the system has of it in memory is looked at without
// a copy.
//
// Pages that are gone when they are looked at, as where the file was cut short, read as zeros instead
// of ending the process with SIGBUS, and the window says that it failed.
struct file_window {
  const uint8_t *start; // null while the window is closed
  size_t length;
  volatile int failed;
};

// Opens a closed window on a range that begins at a multiple of the page size and lies in the file.
// Returns whether it did: not where files cannot be mapped, or where a page is not in memory, of which
// some are asked for. Others are fetched when they are looked at.
// A thread looks through one window at a time, the one that it opened last.
int file_window_open(struct file_window *window, int descriptor, int64_t offset, size_t length);

void file_window_close(struct file_window *window);

// The greatest length of a window, a power of two. Windows that begin at multiples of half of it are
// mapped by large pages where the system has them.
enum { FILE_WINDOW_LENGTH = 4 << 20 };

#endif
