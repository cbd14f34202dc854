c  vm
  file          /etc/gpuhost/vm.d/c.yaml
  state         ready
  at boot       not started

Configuration
  profiles: []  # /etc/gpuhost/vm.d/c.yaml:1
  resources:
    memory_mb: 512  # /etc/gpuhost/vm.d/c.yaml:1
