// The kernels of src/kernels/contract.ts as TensorFlow's ops. A last input, `plan`, has what TypeScript
// knows of the view: in a tensor, since TensorFlow keeps a kernel for each value of an attribute.
#include "ops.h"
#include "define_op.h"
#include "libc.h"
#include "plan.h"
#include "tensorflow.h"

// ---- A call: its tensors, and where their data is

typedef struct {
  TF_OpKernelContext *context;
  TF_Status *status;
  TF_Tensor *tensors[12];
  int count, inputs, outputs;
  Plan plan;
  Arrays arrays;
} Call;

static bool keep(Call *call, TF_Tensor *tensor) {
  if (tensor) call->tensors[call->count++] = tensor;
  return tensor && TF_GetCode(call->status) == TF_OK;
}
static bool fail(Call *call, int code, const char *message) {
  TF_SetStatus(call->status, code, message);
  return false;
}
// The next input, which must have so many elements.
static bool input(Call *call, const float **array, int64_t size) {
  TF_Tensor *tensor = 0;
  TF_GetInput(call->context, call->inputs++, &tensor, call->status);
  if (!keep(call, tensor)) return false;
  if (TF_TensorElementCount(tensor) != size)
    return fail(call, TF_INVALID_ARGUMENT, "an input does not fit the plan");
  *array = TF_TensorData(tensor);
  return true;
}
static bool output(Call *call, float **array, const int64_t *dims, int rank) {
  size_t bytes = sizeof(float);
  for (int axis = 0; axis < rank; axis++) bytes *= dims[axis];
  const int i = call->outputs++;
  TF_Tensor *tensor =
      TF_AllocateOutput(call->context, i, TF_FLOAT, dims, rank, bytes, call->status);
  if (!keep(call, tensor)) return false;
  *array = TF_TensorData(tensor);
  return true;
}
enum { MOST_AXES = 8 };
static bool output_like(Call *call, float **array, const TF_Tensor *tensor) {
  int64_t dims[MOST_AXES];
  const int rank = TF_NumDims(tensor);
  if (rank > MOST_AXES) return fail(call, TF_INVALID_ARGUMENT, "too many axes");
  for (int axis = 0; axis < rank; axis++) dims[axis] = TF_Dim(tensor, axis);
  return output(call, array, dims, rank);
}

// The last input.
static bool plan_input(Call *call, int last, int x) {
  TF_Tensor *tensors[2] = {0};
  const int at[] = {last, x};
  for (int i = 0; i < 2; i++) {
    TF_GetInput(call->context, at[i], &tensors[i], call->status);
    if (!keep(call, tensors[i])) return false;
  }
  const int64_t ints = TF_TensorElementCount(tensors[0]), size = TF_TensorElementCount(tensors[1]);
  return read_plan(&call->plan, TF_TensorData(tensors[0]), ints, size) ||
         fail(call, TF_INVALID_ARGUMENT, "the plan does not fit x");
}

// ---- The ops

static bool done(Call *call, int code) {
  if (code == TF_RESOURCE_EXHAUSTED) return fail(call, code, "out of memory");
  return code == TF_OK || fail(call, code, "squares of x leave the range of float32");
}
static bool normalize(Call *call) {
  const PlanHead *head = &call->plan.head;
  Arrays *a = &call->arrays;
  if (!plan_input(call, 3, 0)) return false;
  const int64_t stats[] = {head->groups, 2, 2};
  return input(call, &a->x, call->plan.size) &&
         input(call, &a->gamma, head->params) && input(call, &a->beta, head->params) &&
         output_like(call, &a->y, call->tensors[1]) && output(call, &a->stats, stats, 3) &&
         done(call, (head->family == IN_ROWS ? normalize_rows : normalize_lines)(&call->plan, a));
}
static bool normalize_given(Call *call) {
  const PlanHead *head = &call->plan.head;
  Arrays *a = &call->arrays;
  if (!plan_input(call, 5, 0)) return false;
  if (head->family == IN_ROWS)
    return fail(call, TF_INVALID_ARGUMENT, "with given statistics there is no plan of rows");
  return input(call, &a->x, call->plan.size) &&
         input(call, &a->mean, head->params) && input(call, &a->variance, head->params) &&
         input(call, &a->gamma, head->params) && input(call, &a->beta, head->params) &&
         output_like(call, &a->y, call->tensors[1]) &&
         done(call, normalize_given_lines(&call->plan, a));
}
static bool grads(Call *call, bool dx, bool dparams) {
  const PlanHead *head = &call->plan.head;
  Arrays *a = &call->arrays;
  if (!plan_input(call, dx ? 5 : 3, 1)) return false;
  const int64_t params[] = {2, head->params}, stats = 4 * (int64_t)head->groups;
  if (dparams && head->family == IN_ROWS && head->params != head->width)
    return fail(call, TF_INVALID_ARGUMENT, "rows with one parameter have no plan for its gradient");
  return input(call, &a->dy, call->plan.size) && input(call, &a->x, call->plan.size) &&
         (!dx || input(call, &a->gamma, head->params)) && input(call, &a->saved_stats, stats) &&
         (!dx || (input(call, &a->dstats, stats) && output_like(call, &a->dx, call->tensors[1]))) &&
         (!dparams || output(call, &a->dparams, params, 2)) &&
         done(call, (head->family == IN_ROWS ? normalize_grad_rows
                                          : normalize_grad_lines)(&call->plan, a));
}
static bool normalize_grad(Call *call) { return grads(call, true, false); }
static bool normalize_param_grad(Call *call) { return grads(call, false, true); }
static bool normalize_grads(Call *call) { return grads(call, true, true); }

// ---- Registration

typedef struct {
  int statistic;
  float epsilon;
} Attributes;

static void *create(TF_OpKernelConstruction *construction) {
  Attributes *attributes = malloc(sizeof *attributes);
  TF_Status *status = TF_NewStatus();
  if (attributes) {
    TF_OpKernelConstruction_GetAttrInt32(construction, "statistic", &attributes->statistic, status);
    if (TF_GetCode(status) == TF_OK)
      TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  } else {
    TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "out of memory");
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return attributes;
}
static void compute(bool (*op)(Call *), void *kernel, TF_OpKernelContext *context) {
  const Attributes *attributes = kernel;
  Call call = {
      .context = context,
      .status = TF_NewStatus(),
      .plan = {.statistic = attributes->statistic, .epsilon = attributes->epsilon},
  };
  if (!op(&call)) TF_OpKernelContext_Failure(context, call.status);
  while (call.count > 0) TF_DeleteTensor(call.tensors[--call.count]);
  TF_DeleteStatus(call.status);
}

// A change of an op's meaning changes its number: another copy of this package may have defined it.
#define OPS(X)                                                                              \
  X(TfnNormalizeV1, normalize, "x gamma beta", "y stats")                                   \
  X(TfnNormalizeGivenV1, normalize_given, "x mean variance gamma beta", "y")                \
  X(TfnNormalizeGradV1, normalize_grad, "dy x gamma stats dstats", "dx")                    \
  X(TfnNormalizeParamGradV1, normalize_param_grad, "dy x stats", "dparams")                 \
  X(TfnNormalizeGradsV1, normalize_grads, "dy x gamma stats dstats", "dx dparams")

#define COMPUTE(name, op, inputs, outputs) \
  static void compute_##op(void *kernel, TF_OpKernelContext *context) { compute(op, kernel, context); }
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
