// The part of TensorFlow's C API that is used here (tensorflow/c: c_api.h, ops.h, kernels.h,
// tf_tensor.h and tf_status.h), found at run time in the library that tfjs-node has loaded. Nothing but pointers and
// numbers goes across, so no header of TensorFlow's is needed, and any version from 2.5 on will do.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct {
  const void *data;
  size_t length;
  void (*free)(void *data, size_t length);
} TF_Buffer;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef void *(*CreateKernel)(TF_OpKernelConstruction *);
typedef void (*ComputeKernel)(void *kernel, TF_OpKernelContext *);
typedef void (*DeleteKernel)(void *kernel);

enum { TF_FLOAT = 1 };
enum { TF_OK = 0, TF_INVALID_ARGUMENT = 3, TF_RESOURCE_EXHAUSTED = 8, TF_OUT_OF_RANGE = 11 };

#define TENSORFLOW(X)                                                                             \
  X(TF_Status *, TF_NewStatus, (void))                                                            \
  X(void, TF_DeleteStatus, (TF_Status *))                                                         \
  X(void, TF_SetStatus, (TF_Status *, int code, const char *message))                             \
  X(int, TF_GetCode, (const TF_Status *))                                                         \
  X(const char *, TF_Message, (const TF_Status *))                                                \
  X(TF_OpDefinitionBuilder *, TF_NewOpDefinitionBuilder, (const char *name))                      \
  X(void, TF_OpDefinitionBuilderAddAttr, (TF_OpDefinitionBuilder *, const char *))                \
  X(void, TF_OpDefinitionBuilderAddInput, (TF_OpDefinitionBuilder *, const char *))               \
  X(void, TF_OpDefinitionBuilderAddOutput, (TF_OpDefinitionBuilder *, const char *))              \
  X(void, TF_RegisterOpDefinition, (TF_OpDefinitionBuilder *, TF_Status *))                       \
  X(TF_KernelBuilder *, TF_NewKernelBuilder,                                                      \
    (const char *op, const char *device, CreateKernel, ComputeKernel, DeleteKernel))              \
  X(void, TF_RegisterKernelBuilder, (const char *name, TF_KernelBuilder *, TF_Status *))          \
  X(TF_Buffer *, TF_GetRegisteredKernelsForOp, (const char *op, TF_Status *))                     \
  X(void, TF_DeleteBuffer, (TF_Buffer *))                                                         \
  X(void, TF_OpKernelContext_Failure, (TF_OpKernelContext *, TF_Status *))                        \
  X(int, TF_NumInputs, (TF_OpKernelContext *))                                                    \
  X(int, TF_NumOutputs, (TF_OpKernelContext *))                                                   \
  X(void, TF_GetInput, (TF_OpKernelContext *, int i, TF_Tensor **, TF_Status *))                  \
  X(TF_Tensor *, TF_AllocateOutput,                                                               \
    (TF_OpKernelContext *, int i, int dtype, const int64_t *dims, int rank, size_t bytes,         \
     TF_Status *))                                                                                \
  X(void *, TF_TensorData, (const TF_Tensor *))                                                   \
  X(int64_t, TF_TensorElementCount, (const TF_Tensor *))                                          \
  X(int, TF_NumDims, (const TF_Tensor *))                                                         \
  X(int64_t, TF_Dim, (const TF_Tensor *, int axis))                                               \
  X(void, TF_DeleteTensor, (TF_Tensor *))

#define DECLARE(result, name, arguments) extern result(*name) arguments;
TENSORFLOW(DECLARE)
#undef DECLARE

// Finds all of it in the loaded library of that path or, if there is none, under its usual names.
// Returns what is missing, else null.
const char *find_tensorflow(const char *path);

void stay_loaded(void);

// Between these two, no other copy of this package is in its turn: see there.
int begin_turn(void);
void end_turn(int turn);
