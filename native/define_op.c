#include "define_op.h"
#include "libc.h"

// TensorFlow ends the process if an op is defined twice. Its kernel is registered last.
static bool is_defined(const char *name, TF_Status *status) {
  TF_Buffer *kernels = TF_GetRegisteredKernelsForOp(name, status);
  const bool found = kernels && kernels->length > 0;
  if (kernels) TF_DeleteBuffer(kernels);
  return found;
}
bool define_op(const char *name, ComputeKernel compute, TF_Status *status) {
  if (is_defined(name, status)) return true;
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  TF_OpDefinitionBuilderAddInput(builder, "plan: int32");
  TF_OpDefinitionBuilderAddInput(builder, "arrays: N * float");
  TF_OpDefinitionBuilderAddOutput(builder, "results: M * float");
  TF_OpDefinitionBuilderAddAttr(builder, "N: int >= 1");
  TF_OpDefinitionBuilderAddAttr(builder, "M: int >= 1");
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", 0, compute, 0), status);
  return TF_GetCode(status) == TF_OK;
}
