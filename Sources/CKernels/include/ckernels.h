#ifndef CKERNELS_H
#define CKERNELS_H

#include "compare.h"
#include "decode.h"
#include "measure.h"

#endif
