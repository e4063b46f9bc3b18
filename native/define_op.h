#pragma once
#include <stdbool.h>
#include "tensorflow.h"

// Tells TensorFlow of an op and of its kernel, unless it has them. The first input is the plan; then there are as many
// arrays as a call has, and so many results.
bool define_op(const char *name, ComputeKernel compute, TF_Status *status);
