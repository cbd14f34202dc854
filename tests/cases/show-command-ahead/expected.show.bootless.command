--- stderr ---
gpuhost: 'bootless' does not run, and would not start: /etc/gpuhost/vm.d/bootless.yaml: there is nothing to boot from: say disks: or kernel:
