#ifndef CKERNELS_H
#define CKERNELS_H

#include "decode.h"
#include "measure.h"

#endif
