# For those who build with node-gyp: npx node-gyp rebuild -C native. The compiler's flags are in
# build.mjs. At the package's root, npm would run this at every installation.
{
  'targets': [{
    'target_name': 'tfjs_normalization',
    'type': 'none',
    'actions': [{
      'action_name': 'compile',
      'inputs': ['build.mjs'],
      'outputs': ['prebuilt/<(OS)-<(target_arch).node'],
      'action': ['node', 'build.mjs'],
    }],
  }],
}
