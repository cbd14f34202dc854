--- stderr ---
gpuhost: 'box' is a container, and no VM
