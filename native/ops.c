// The kernels of src/kernel_names.ts as TensorFlow's ops. A last input, `plan`, has what TypeScript
// knows of the view: in a tensor, since TensorFlow keeps a kernel for each value of an attribute.
#include "ops.h"
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

static bool rows_fit(const Plan *plan) {
  const PlanHead h = plan->head;
  return (int64_t)h.width * h.groups == plan->size && (h.params == 1 || h.params == h.width);
}
static bool lines_fit(const Plan *plan) {
  const PlanHead h = plan->head;
  const int64_t indices = (int64_t)h.outer * h.indices, blocks = h.blocks;
  if (h.blocks <= 0 || h.block_size < h.width || h.groups % indices || plan->lines % h.part ||
      blocks * h.block_size / h.part * indices != plan->size ||
      blocks * (h.family == IN_SEGMENTS ? 1 : h.width) != plan->lines || h.outer_params < 0 ||
      h.index_params < 0)
    return false;
  const int64_t groups = h.groups / indices;
  // Those of the last index.
  const int64_t params = h.params - (h.outer - 1) * (int64_t)h.outer_params -
                         (h.indices - 1) * (int64_t)h.index_params;
  for (int l = 0; l < plan->lines; l++) {
    const int64_t index = l / (plan->lines / h.part);
    if (plan->group_of[l] < 0 || plan->group_of[l] >= groups * (index + 1) ||
        plan->param_of[l] < 0 || plan->param_of[l] >= params + index * h.index_params)
      return false;
  }
  return true;
}
// The last input. What it says is not trusted as to where in the arrays it leads.
static bool read_plan(Call *call, int last, int x) {
  TF_Tensor *tensors[2] = {0};
  const int at[] = {last, x};
  for (int i = 0; i < 2; i++) {
    TF_GetInput(call->context, at[i], &tensors[i], call->status);
    if (!keep(call, tensors[i])) return false;
  }
  const int64_t size = TF_TensorElementCount(tensors[1]);
  const int64_t ints = TF_TensorElementCount(tensors[0]) - sizeof(PlanHead) / sizeof(int);
  Plan *plan = &call->plan;
  bool fits = ints >= 0 && size > 0 && size <= INT32_MAX;
  if (fits) {
    const int *data = TF_TensorData(tensors[0]);
    memcpy(&plan->head, data, sizeof plan->head);
    plan->size = size;
    plan->lines = ints / 2;
    plan->group_of = data + sizeof(PlanHead) / sizeof(int);
    plan->param_of = plan->group_of + plan->lines;
    const PlanHead h = plan->head;
    fits = h.width > 0 && h.groups > 0 && size % h.groups == 0 && h.params > 0 &&
           h.params <= size && h.groups <= INT32_MAX / 4 && h.params <= INT32_MAX / 2 && h.outer > 0 && h.part > 0 && h.indices >= h.part;
    if (fits) fits = h.family == IN_ROWS ? rows_fit(plan) : lines_fit(plan);
  }
  return fits || fail(call, TF_INVALID_ARGUMENT, "the plan does not fit x");
}

// ---- The ops

static bool done(Call *call, int code) {
  if (code == TF_RESOURCE_EXHAUSTED) return fail(call, code, "out of memory");
  return code == TF_OK || fail(call, code, "squares of x leave the range of float32");
}
static bool normalize(Call *call) {
  const PlanHead *head = &call->plan.head;
  Arrays *a = &call->arrays;
  if (!read_plan(call, 3, 0)) return false;
  const int64_t stats[] = {head->groups, 2, 2};
  return input(call, &a->x, call->plan.size) &&
         input(call, &a->gamma, head->params) && input(call, &a->beta, head->params) &&
         output_like(call, &a->y, call->tensors[1]) && output(call, &a->stats, stats, 3) &&
         done(call, (head->family == IN_ROWS ? normalize_rows : normalize_lines)(&call->plan, a));
}
static bool normalize_given(Call *call) {
  const PlanHead *head = &call->plan.head;
  Arrays *a = &call->arrays;
  if (!read_plan(call, 5, 0)) return false;
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
  if (!read_plan(call, dx ? 5 : 3, 1)) return false;
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
static bool define(const char *name, const char *inputs, const char *outputs, ComputeKernel kernel,
                   TF_Status *status) {
  if (is_defined(name, status)) return true;
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  add_floats(builder, TF_OpDefinitionBuilderAddInput, inputs);
  TF_OpDefinitionBuilderAddInput(builder, "plan: int32");
  add_floats(builder, TF_OpDefinitionBuilderAddOutput, outputs);
  TF_OpDefinitionBuilderAddAttr(builder, "statistic: int");
  TF_OpDefinitionBuilderAddAttr(builder, "epsilon: float");
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, kernel, free), status);
  return TF_GetCode(status) == TF_OK;
}
const char *register_ops(void) {
  static char message[256];
  TF_Status *status = TF_NewStatus();
  const bool defined = true
#define DEFINE(name, op, inputs, outputs) && define(#name, inputs, outputs, compute_##op, status)
      OPS(DEFINE);
  if (!defined) strncpy(message, TF_Message(status), sizeof message - 1);
  TF_DeleteStatus(status);
  return defined ? 0 : message;
}
