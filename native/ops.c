// The kernels of src/kernels/contract.ts as TensorFlow's ops. All that a call is beside its arrays is in the first
// input: in a tensor, since TensorFlow keeps a kernel for each value of an attribute, and takes time for each attribute.
#include "ops.h"
#include "define_op.h"
#include "libc.h"
#include "added.h"
#include "call.h"
#include "pool.h"
#include "tensorflow.h"

// The head of the first input; the plan follows. src/kernels/backends/tensorflow/native/held_tensors.ts writes it.
typedef struct {
  int arrays;  // a bit for each that the call has
  int statistic, activation;
  f32 alpha;
  f64 epsilon, momentum;
} Head;
enum { HEAD = sizeof(Head) / sizeof(int) };

// ---- An op's call: its tensors, and the kernel's call that is made of them

typedef struct {
  TF_OpKernelContext *context;
  TF_Status *status;
  TF_Tensor *tensors[ARRAYS + 1];
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
// The next input, which must have so many elements.
static bool input(OpCall *op, int array, int64_t size) {
  const TF_Tensor *tensor = next_input(op);
  if (!tensor) return false;
  if (TF_TensorElementCount(tensor) != size)
    return fail(op, TF_INVALID_ARGUMENT, "an input does not fit the plan");
  op->call.place[array] = TF_TensorData(tensor);
  return true;
}
// The next output.
static bool output(OpCall *op, int array, const int64_t *dims, int rank) {
  size_t bytes = sizeof(float);
  for (int axis = 0; axis < rank; axis++) bytes *= dims[axis];
  const int i = op->outputs++;
  TF_Tensor *tensor = TF_AllocateOutput(op->context, i, TF_FLOAT, dims, rank, bytes, op->status);
  if (!keep(op, tensor)) return false;
  op->call.place[array] = TF_TensorData(tensor);
  return true;
}
enum { MOST_AXES = 8 };
static bool output_like_x(OpCall *op, int array, const TF_Tensor *x) {
  int64_t dims[MOST_AXES];
  const int rank = TF_NumDims(x);
  if (rank > MOST_AXES) return fail(op, TF_INVALID_ARGUMENT, "too many axes");
  for (int axis = 0; axis < rank; axis++) dims[axis] = TF_Dim(x, axis);
  return output(op, array, dims, rank);
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

// The arrays that an op must have and may have, as bits; inputs and outputs each come in the order of call.h.
typedef struct {
  int (*kernel)(Call *, Scratch *);
  int inputs, outputs, needed;
} Op;
#define BIT(array) (1 << (array))
static const Op NORMALIZE = {
    normalize,
    BIT(X) | BIT(GAMMA) | BIT(BETA) | BIT(MOVING_MEAN) | BIT(MOVING_SPREAD) | BIT(RESIDUAL) | BIT(GATE),
    BIT(MEAN) | BIT(STATS) | BIT(Y) | BIT(SPREAD) | BIT(SUM),
    BIT(X) | BIT(GAMMA) | BIT(BETA) | BIT(Y)};
static const Op NORMALIZE_GIVEN = {
    normalize_given, BIT(X) | BIT(GAMMA) | BIT(BETA) | BIT(MEAN) | BIT(VARIANCE), BIT(Y),
    BIT(X) | BIT(GAMMA) | BIT(BETA) | BIT(MEAN) | BIT(VARIANCE) | BIT(Y)};
static const Op NORMALIZE_GRAD = {
    normalize_grad,
    BIT(X) | BIT(GAMMA) | BIT(BETA) | BIT(DY) | BIT(STATS) | BIT(DMEAN) | BIT(DSPREAD) | BIT(DSUM),
    BIT(DX) | BIT(DGAMMA) | BIT(DBETA), BIT(X) | BIT(GAMMA) | BIT(DY) | BIT(STATS)};

static int bits(int set) {
  int count = 0;
  for (; set; set &= set - 1) count++;
  return count;
}
// Whether all arrays of some are there, or none of them.
static bool together(int arrays, int some) { return (arrays & some) == some || !(arrays & some); }
// Whether these are arrays that the op can compute with.
static bool arrays_fit(const Op *op, const Head *head) {
  const int arrays = head->arrays;
  if ((arrays & ~(op->inputs | op->outputs)) || (op->needed & ~arrays)) return false;
  if (!together(arrays, BIT(MEAN) | (op->outputs & BIT(SPREAD)))) return false;
  if (!together(arrays, BIT(DMEAN) | BIT(DSPREAD)) || !together(arrays, BIT(DGAMMA) | BIT(DBETA))) return false;
  if (!together(arrays, BIT(RESIDUAL) | BIT(SUM)) || (arrays & BIT(GATE) && !(arrays & BIT(SUM)))) return false;
  const bool moves = op->outputs & BIT(MEAN) && head->momentum != 0;
  if (moves ? (op->inputs & ~arrays) & (BIT(MOVING_MEAN) | BIT(MOVING_SPREAD)) || !(arrays & BIT(MEAN))
            : arrays & (BIT(MOVING_MEAN) | BIT(MOVING_SPREAD)))
    return false;
  // The slope of an activation is taken where beta is known.
  return !(op->outputs & BIT(DX)) || !head->activation || arrays & BIT(BETA);
}
static int64_t size_of(const Plan *plan, int array) {
  const int of_params = BIT(GAMMA) | BIT(BETA) | BIT(MEAN) | BIT(VARIANCE) | BIT(GATE);
  const int of_groups = BIT(MOVING_MEAN) | BIT(MOVING_SPREAD) | BIT(DMEAN) | BIT(DSPREAD);
  if (of_params >> array & 1) return plan->head.params;
  if (of_groups >> array & 1) return plan->head.groups;
  return array == STATS ? 4 * (int64_t)plan->head.groups : plan->size;
}
static bool allocate(OpCall *op, int array, const TF_Tensor *x) {
  const PlanHead *head = &op->call.plan.head;
  const int64_t groups = head->groups, params = head->params, stats[] = {groups, 2, 2};
  if (array == STATS) return output(op, array, stats, 3);
  if (array == MEAN || array == SPREAD) return output(op, array, &groups, 1);
  if (array == DGAMMA || array == DBETA) return output(op, array, &params, 1);
  return output_like_x(op, array, x);
}
static bool run_op(OpCall *op, const Op *of) {
  Call *c = &op->call;
  const TF_Tensor *first = next_input(op), *x = first ? next_input(op) : 0;
  if (!x) return false;
  const int64_t ints = TF_TensorElementCount(first) - HEAD;
  const Head *head = TF_TensorData(first);
  if (ints < 0 || !read_plan(&c->plan, (const int *)(head + 1), ints, TF_TensorElementCount(x)))
    return fail(op, TF_INVALID_ARGUMENT, "the plan does not fit x");
  const int arrays = head->arrays, inputs = arrays & of->inputs, outputs = arrays & of->outputs;
  if (!arrays_fit(of, head) || TF_NumInputs(op->context) != 1 + bits(inputs) ||
      TF_NumOutputs(op->context) != bits(outputs))
    return fail(op, TF_INVALID_ARGUMENT, "the arrays do not fit the plan");
  c->place[X] = TF_TensorData(x);
  c->statistic = head->statistic, c->activation = head->activation, c->alpha = head->alpha;
  c->epsilon = head->epsilon, c->momentum = head->momentum;
  if (of == &NORMALIZE_GIVEN && of_groups(&c->plan.head))
    return fail(op, TF_INVALID_ARGUMENT, "with given statistics there is no plan of groups");
  for (int i = X + 1; i < ARRAYS; i++)
    if (inputs >> i & 1 && !input(op, i, size_of(&c->plan, i))) return false;
  if (!gate_fits(c)) return fail(op, TF_INVALID_ARGUMENT, "a gate does not fit the plan");
  for (int i = 0; i < ARRAYS; i++)
    if (outputs >> i & 1 && !allocate(op, i, x)) return false;
  return compute_by(op, of->kernel);
}

// ---- Registration

static void compute(const Op *of, TF_OpKernelContext *context) {
  OpCall call = {.context = context, .status = TF_NewStatus()};
  if (!run_op(&call, of)) TF_OpKernelContext_Failure(context, call.status);
  while (call.count > 0) TF_DeleteTensor(call.tensors[--call.count]);
  TF_DeleteStatus(call.status);
}

// A change of an op's meaning changes its number: another copy of this package may have defined it.
#define OPS(X)                           \
  X(TfnNormalizeV5, NORMALIZE)           \
  X(TfnNormalizeGivenV5, NORMALIZE_GIVEN) \
  X(TfnNormalizeGradV5, NORMALIZE_GRAD)

#define COMPUTE(name, op)                                             \
  static void compute_##op(void *kernel, TF_OpKernelContext *context) { \
    (void)kernel;                                                       \
    compute(&op, context);                                              \
  }
OPS(COMPUTE)

const char *register_ops(void) {
  static char message[256];
  TF_Status *status = TF_NewStatus();
  const bool defined = true
#define DEFINE(name, op) && define_op(#name, compute_##op, status)
      OPS(DEFINE);
  if (!defined) strncpy(message, TF_Message(status), sizeof message - 1);
  TF_DeleteStatus(status);
  return defined ? 0 : message;
}
