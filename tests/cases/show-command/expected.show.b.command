--- stderr ---
gpuhost: 'b' does not run, and what it gets is decided by its start: systemctl start gpu-vm@b
