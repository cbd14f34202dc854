b  vm
  file          /etc/gpuhost/vm.d/b.yaml
  state         ready
  at boot       not started

Configuration
  profiles: []  # /etc/gpuhost/vm.d/b.yaml:1
  resources:
    cpu_cores: 3  # /etc/gpuhost/profile.d/default.yaml:1
