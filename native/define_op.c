#include "define_op.h"
#include "libc.h"

static void add_floats(TF_OpDefinitionBuilder *builder,
                       void (*add)(TF_OpDefinitionBuilder *, const char *), const char *names) {
  for (size_t length; *names; names += length + (names[length] == ' ')) {
    char spec[32];
    length = strcspn(names, " ");
    memcpy(spec, names, length);
    strcpy(spec + length, ": float");
    add(builder, spec);
  }
}
// TensorFlow ends the process if an op is defined twice. Its kernel is registered last.
static bool is_defined(const char *name, TF_Status *status) {
  TF_Buffer *kernels = TF_GetRegisteredKernelsForOp(name, status);
  const bool found = kernels && kernels->length > 0;
  if (kernels) TF_DeleteBuffer(kernels);
  return found;
}
bool define_op(const char *name, const char *inputs, const char *outputs, CreateKernel create,
               ComputeKernel compute, TF_Status *status) {
  if (is_defined(name, status)) return true;
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  TF_OpDefinitionBuilderAddInput(builder, "plan: int32");
  add_floats(builder, TF_OpDefinitionBuilderAddInput, inputs);
  add_floats(builder, TF_OpDefinitionBuilderAddOutput, outputs);
  TF_OpDefinitionBuilderAddAttr(builder, "statistic: int");
  TF_OpDefinitionBuilderAddAttr(builder, "wanted: int");
  TF_OpDefinitionBuilderAddAttr(builder, "activation: int");
  TF_OpDefinitionBuilderAddAttr(builder, "alpha: float");
  TF_OpDefinitionBuilderAddAttr(builder, "epsilon: float");
  TF_OpDefinitionBuilderAddAttr(builder, "momentum: float");
  // The momentum less float32 of it: 1 - momentum would have few digits else.
  TF_OpDefinitionBuilderAddAttr(builder, "momentum_rest: float");
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, free), status);
  return TF_GetCode(status) == TF_OK;
}
