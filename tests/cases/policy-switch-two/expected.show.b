b  vm
  file          /etc/gpuhost/vm.d/b.yaml
  state         ready
  at boot       not started
  GPU           0000:0c:00.0 NVIDIA GeForce RTX 3090 (big)

Configuration
  resources:
    cpu_cores: 4  # /etc/gpuhost/vm.d/b.yaml:2
    memory_mb: 8192  # /etc/gpuhost/vm.d/b.yaml:2
  gpu:
    name: big  # /etc/gpuhost/vm.d/b.yaml:1
  disks:
    - source: /srv/vm/b.raw  # /etc/gpuhost/vm.d/b.yaml:3
      format: raw  # /etc/gpuhost/vm.d/b.yaml:3
