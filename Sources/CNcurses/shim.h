#ifndef CNCURSES_SHIM_H
#define CNCURSES_SHIM_H

// Wide characters; must precede the include.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <stdio.h>
#include <wchar.h>

// The pointers stdscr, stdin and stdout are global variables, which Swift refuses to touch.
static inline SCREEN *cn_newterm(const char *term, FILE *out, FILE *in) {
  return newterm(term, out ? out : stdout, in ? in : stdin);
}
static inline void cn_clear_ok(void) { clearok(stdscr, TRUE); }
static inline int cn_rows(void) { return getmaxy(stdscr); }
static inline int cn_columns(void) { return getmaxx(stdscr); }
static inline int cn_colors(void) { return COLORS; }
static inline void cn_configure(void) {
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  intrflush(stdscr, FALSE);
}
// Keeps the eighth bit of what is no terminal; of one its own settings tell, and it need not be told
// to send Alt as that bit.
static inline void cn_keep_eighth_bit(void) { meta(stdscr, TRUE); }
// Leaves reports of the mouse in SGR form to the caller; the mouse stays ncurses's to turn on and
// off. Its own reading of them waits for the end of one that never comes.
static inline void cn_leave_mouse_reports(void) {
  char *capability = tigetstr("kmous");
  if (capability != NULL && capability != (char *)-1 && capability[0] == '\033' &&
      capability[1] == '[' && capability[2] == '<')
    keyok(KEY_MOUSE, FALSE);
}
// Whether the cursor can be moved at all; a dumb terminal cannot.
static inline int cn_can_move(void) {
  char *capability = tigetstr("cup");
  return capability != NULL && capability != (char *)-1;
}

// Macros with casts do not import.
static const attr_t CN_NORMAL = A_NORMAL;
static const attr_t CN_BOLD = A_BOLD;
static const attr_t CN_DIM = A_DIM;
static const attr_t CN_REVERSE = A_REVERSE;
static const attr_t CN_UNDERLINE = A_UNDERLINE;

static const mmask_t CN_PRESS = BUTTON1_PRESSED;
static const mmask_t CN_WHEEL_UP = BUTTON4_PRESSED;
// The second version of the mouse interface, which macOS lacks, has a fifth button.
#ifdef BUTTON5_PRESSED
static const mmask_t CN_WHEEL_DOWN = BUTTON5_PRESSED;
#else
static const mmask_t CN_WHEEL_DOWN = REPORT_MOUSE_POSITION;
#endif

// Presses and releases of all buttons. An event that is not asked for is no event to ncurses, which
// then waits for the next byte, whatever it was told about waiting.
static const mmask_t CN_BUTTONS = BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON2_PRESSED |
                                  BUTTON2_RELEASED | BUTTON3_PRESSED | BUTTON3_RELEASED |
                                  BUTTON4_PRESSED | BUTTON4_RELEASED
#ifdef BUTTON5_PRESSED
                                  | BUTTON5_PRESSED | BUTTON5_RELEASED
#endif
    ;

#endif
