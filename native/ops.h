#pragma once
// Defines the ops that no other copy of this package has defined. Returns what TensorFlow says against
// it, else null.
const char *register_ops(void);
