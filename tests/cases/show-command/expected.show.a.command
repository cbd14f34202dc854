/usr/bin/qemu-system-x86_64
-nodefaults
-name guest=a,process=a
-m 1024
-append 'console=ttyS0 it'\''s'
