--- stderr ---
gpuhost: 'b' does not run, and would not start: /etc/gpuhost/vm.d/b.yaml: there is nothing to boot from: say disks: or kernel:
