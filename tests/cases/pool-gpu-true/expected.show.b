b  vm
  file          /etc/gpuhost/vm.d/b.yaml
  state         ready
  at boot       not started
  GPU           0000:3a:00.0 NVIDIA H100 SXM5 80GB

Configuration
  gpu: true  # /etc/gpuhost/vm.d/b.yaml:1
