# SPDX-License-Identifier: LGPL-2.1-or-later
"""The virtual host: a real Debian with an emulated IOMMU and emulated GPUs. See README.md."""
