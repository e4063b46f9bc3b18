// The loops of the kernels, over memory that the caller owns: no data, no stack, no heap of their
// own. See docs/kernels.md for the three families.
#include "rows.h"
#include "columns.h"
#include "segments.h"
