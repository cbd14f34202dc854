ADDRESS       DEVICE                          DRIVER  GROUP  ROLE
0000:01:00.0  NVIDIA GeForce RTX 2080 Rev. A  nvidia      1  host
