// The kernels of src/kernels/contract.ts as TensorFlow's ops. The first input, `plan`, has what TypeScript
// knows of the view: in a tensor, since TensorFlow keeps a kernel for each value of an attribute.
#include "ops.h"
#include "define_op.h"
#include "libc.h"
#include "added.h"
#include "call.h"
#include "pool.h"
#include "tensorflow.h"

// ---- An op's call: its tensors, and the kernel's call that is made of them

typedef struct {
  TF_OpKernelContext *context;
  TF_Status *status;
  TF_Tensor *tensors[16];
  int count, inputs, outputs;
  Call call;
} OpCall;

static bool keep(OpCall *op, TF_Tensor *tensor) {
  if (tensor) op->tensors[op->count++] = tensor;
  return tensor && TF_GetCode(op->status) == TF_OK;
}
static bool fail(OpCall *op, int code, const char *message) {
  TF_SetStatus(op->status, code, message);
  return false;
}
static TF_Tensor *next_input(OpCall *op) {
  TF_Tensor *tensor = 0;
  TF_GetInput(op->context, op->inputs++, &tensor, op->status);
  return keep(op, tensor) ? tensor : 0;
}
// The first two inputs: the plan, and the tensor whose shape and size it is about.
static bool plan_and(OpCall *op, int array) {
  const TF_Tensor *plan = next_input(op), *x = plan ? next_input(op) : 0;
  if (!x) return false;
  op->call.place[array] = TF_TensorData(x);
  return read_plan(&op->call.plan, TF_TensorData(plan), TF_TensorElementCount(plan),
                   TF_TensorElementCount(x)) ||
         fail(op, TF_INVALID_ARGUMENT, "the plan does not fit x");
}
// The next input, which must have so many elements. Where it is not wanted, it may be any tensor.
static bool input(OpCall *op, int array, int64_t size, bool wanted) {
  const TF_Tensor *tensor = next_input(op);
  if (!tensor) return false;
  if (!wanted) return true;
  if (TF_TensorElementCount(tensor) != size)
    return fail(op, TF_INVALID_ARGUMENT, "an input does not fit the plan");
  op->call.place[array] = TF_TensorData(tensor);
  return true;
}
// The next output; without elements where it is not wanted.
static bool output(OpCall *op, int array, const int64_t *dims, int rank, bool wanted) {
  const int64_t none = 0;
  if (!wanted) dims = &none, rank = 1;
  size_t bytes = sizeof(float);
  for (int axis = 0; axis < rank; axis++) bytes *= dims[axis];
  const int i = op->outputs++;
  TF_Tensor *tensor = TF_AllocateOutput(op->context, i, TF_FLOAT, dims, rank, bytes, op->status);
  if (!keep(op, tensor)) return false;
  if (wanted) op->call.place[array] = TF_TensorData(tensor);
  return true;
}
enum { MOST_AXES = 8 };
static bool output_like_x(OpCall *op, int array, bool wanted) {
  const TF_Tensor *x = op->tensors[1];
  int64_t dims[MOST_AXES];
  const int rank = TF_NumDims(x);
  if (rank > MOST_AXES) return fail(op, TF_INVALID_ARGUMENT, "too many axes");
  for (int axis = 0; axis < rank; axis++) dims[axis] = TF_Dim(x, axis);
  return output(op, array, dims, rank, wanted);
}
// For a smaller x, waking other threads costs more than they save.
enum { LEAST_SHARED = 65536 };
static bool compute_by(OpCall *op, int (*kernel)(Call *, Scratch *)) {
  Scratch scratch = {0};
  // Asked for once: another thread of JavaScript may change it before the scratch is taken.
  op->call.threads = op->call.plan.size < LEAST_SHARED ? 1 : threads();
  kernel(&op->call, &scratch);
  scratch.reserved = scratch.taken, scratch.taken = 0;
  if (!(scratch.memory = malloc(scratch.reserved + 1)))
    return fail(op, TF_RESOURCE_EXHAUSTED, "out of memory");
  const int result = kernel(&op->call, &scratch);
  free(scratch.memory);
  return result == DONE || fail(op, TF_OUT_OF_RANGE, "squares of x leave the range of float32");
}

// ---- The ops

// The attribute `wanted` has a bit for each array that a call has beside those that all have.
static bool op_normalize(OpCall *op, int wanted) {
  const Call *c = &op->call;
  const bool moments = wanted >> MEAN & 1, moving = wanted >> MOVING_MEAN & 1;
  const bool adds = wanted >> RESIDUAL & 1;
  if (!plan_and(op, X)) return false;
  const PlanHead *head = &c->plan.head;
  const int64_t groups = head->groups, stats[] = {groups, 2, 2};
  return input(op, GAMMA, head->params, true) && input(op, BETA, head->params, true) &&
         input(op, MOVING_MEAN, groups, moving) && input(op, MOVING_SPREAD, groups, moving) &&
         input(op, RESIDUAL, c->plan.size, adds) &&
         input(op, GATE, head->params, adds && wanted >> GATE & 1) &&
         (gate_fits(c) || fail(op, TF_INVALID_ARGUMENT, "a gate does not fit the plan")) &&
         output_like_x(op, Y, true) && output(op, STATS, stats, 3, wanted >> STATS & 1) &&
         output(op, MEAN, &groups, 1, moments) && output(op, SPREAD, &groups, 1, moments) &&
         output_like_x(op, SUM, adds) && compute_by(op, normalize);
}
static bool op_normalize_given(OpCall *op, int wanted) {
  (void)wanted;
  if (!plan_and(op, X)) return false;
  const PlanHead *head = &op->call.plan.head;
  if (of_groups(head))
    return fail(op, TF_INVALID_ARGUMENT, "with given statistics there is no plan of groups");
  return input(op, MEAN, head->params, true) && input(op, VARIANCE, head->params, true) &&
         input(op, GAMMA, head->params, true) && input(op, BETA, head->params, true) &&
         output_like_x(op, Y, true) && compute_by(op, normalize_given);
}
static bool op_normalize_grad(OpCall *op, int wanted) {
  const bool moments = wanted >> DMEAN & 1, dparams = wanted >> DGAMMA & 1;
  if (!plan_and(op, DY)) return false;
  const PlanHead *head = &op->call.plan.head;
  const int64_t groups = head->groups, params = head->params;
  return input(op, X, op->call.plan.size, true) && input(op, GAMMA, params, true) &&
         input(op, STATS, 4 * groups, true) && input(op, DMEAN, groups, moments) &&
         input(op, DSPREAD, groups, moments) &&
         input(op, BETA, params, op->call.activation) &&
         input(op, DSUM, op->call.plan.size, wanted >> DSUM & 1) && output_like_x(op, DX, wanted >> DX & 1) &&
         output(op, DGAMMA, &params, 1, dparams) && output(op, DBETA, &params, 1, dparams) &&
         compute_by(op, normalize_grad);
}

// ---- Registration

typedef struct {
  int statistic, wanted, activation;
  float alpha, epsilon, momentum, momentum_rest;
} Attributes;

// These do nothing once one of them has failed.
static void int_attribute(TF_OpKernelConstruction *from, const char *name, int *value,
                          TF_Status *status) {
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrInt32(from, name, value, status);
}
static void float_attribute(TF_OpKernelConstruction *from, const char *name, float *value,
                            TF_Status *status) {
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(from, name, value, status);
}
static void *create(TF_OpKernelConstruction *construction) {
  Attributes *attributes = malloc(sizeof *attributes);
  TF_Status *status = TF_NewStatus();
  if (attributes) {
    int_attribute(construction, "statistic", &attributes->statistic, status);
    int_attribute(construction, "wanted", &attributes->wanted, status);
    int_attribute(construction, "activation", &attributes->activation, status);
    float_attribute(construction, "alpha", &attributes->alpha, status);
    float_attribute(construction, "epsilon", &attributes->epsilon, status);
    float_attribute(construction, "momentum", &attributes->momentum, status);
    float_attribute(construction, "momentum_rest", &attributes->momentum_rest, status);
  } else {
    TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "out of memory");
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return attributes;
}
static void compute(bool (*op)(OpCall *, int wanted), void *kernel, TF_OpKernelContext *context) {
  const Attributes *a = kernel;
  OpCall call = {
      .context = context,
      .status = TF_NewStatus(),
      .call = {.statistic = a->statistic, .activation = a->activation, .alpha = a->alpha,
               .epsilon = a->epsilon,
               .momentum = (f64)a->momentum + a->momentum_rest},
  };
  if (!op(&call, a->wanted)) TF_OpKernelContext_Failure(context, call.status);
  while (call.count > 0) TF_DeleteTensor(call.tensors[--call.count]);
  TF_DeleteStatus(call.status);
}

// A change of an op's meaning changes its number: another copy of this package may have defined it.
#define OPS(X)                                                                                      \
  X(TfnNormalizeV4, normalize, "x gamma beta moving_mean moving_spread residual gate",              \
    "y stats mean spread sum")                                                                      \
  X(TfnNormalizeGivenV4, normalize_given, "x mean variance gamma beta", "y")                        \
  X(TfnNormalizeGradV4, normalize_grad, "dy x gamma stats dmean dspread beta dsum",                 \
    "dx dgamma dbeta")

#define COMPUTE(name, op, inputs, outputs)                            \
  static void compute_##op(void *kernel, TF_OpKernelContext *context) { \
    compute(op_##op, kernel, context);                                  \
  }
OPS(COMPUTE)

const char *register_ops(void) {
  static char message[256];
  TF_Status *status = TF_NewStatus();
  const bool defined = true
#define DEFINE(name, op, inputs, outputs) && define_op(#name, inputs, outputs, create, compute_##op, status)
      OPS(DEFINE);
  if (!defined) strncpy(message, TF_Message(status), sizeof message - 1);
  TF_DeleteStatus(status);
  return defined ? 0 : message;
}
