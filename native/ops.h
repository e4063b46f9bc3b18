#pragma once
// Defines the ops, once a process. Returns what TensorFlow says against it, else null.
const char *register_ops(void);
