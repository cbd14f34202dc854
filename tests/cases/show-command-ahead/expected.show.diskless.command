--- stderr ---
gpuhost: 'diskless' does not run, and would not start: /etc/gpuhost/vm.d/diskless.yaml:1: disk /srv/none.raw is not there: create: {size: …} would make it
