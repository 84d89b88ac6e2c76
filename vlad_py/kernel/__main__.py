"""`python -m vlad_py.kernel`: serves one notebook, as Jupyter starts it; see `vlad kernel install`."""

from __future__ import annotations

from ipykernel.kernelapp import IPKernelApp

from vlad_py.kernel.kernel import VladKernel

if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=VladKernel, ignore_cwd=True)
