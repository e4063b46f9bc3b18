#pragma once
#include <stdbool.h>
#include "tensorflow.h"

// Tells TensorFlow of an op and of its kernel, unless it has them. The names of the inputs and outputs
// are apart by spaces; all are float32, but for a first input, the plan. `create` returns what `free`
// frees.
bool define_op(const char *name, const char *inputs, const char *outputs, CreateKernel create,
               ComputeKernel compute, TF_Status *status);
