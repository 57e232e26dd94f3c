"""A device that is not the CPU, on a machine that has none: the meta device, whose numbers are ones when somebody asks for them.

As a GPU does, it refuses to mix with the CPU and generators of the CPU, and as Apple's do, float64.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

DEVICE = "meta"


class OtherDevice(TorchDispatchMode):
    """`with OtherDevice():` around what is to run on tensors and networks of `DEVICE`."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, (torch.Tensor, torch.Generator))]
        here = [leaf for leaf in given if isinstance(leaf, torch.Tensor) and leaf.device.type == DEVICE]
        if here and function is torch.ops.aten._local_scalar_dense.default:
            return torch.ones((), dtype=here[0].dtype).item()
        wanted = torch.device(kwargs["device"]).type if kwargs.get("device") else None
        if here and wanted == "cpu":
            return torch.ones(here[0].shape, dtype=kwargs.get("dtype") or here[0].dtype)
        if wanted == DEVICE and any(isinstance(leaf, torch.Generator) for leaf in given):
            raise RuntimeError(f"{function} draws on the device, and its generator is of the CPU")
        elsewhere = any(isinstance(leaf, torch.Tensor) and leaf.device.type == "cpu" and leaf.ndim for leaf in given)
        if here and elsewhere and function not in MAY_MIX:
            raise RuntimeError(f"{function} mixes the device with the CPU")
        made = function(*args, **kwargs)
        if any(
            isinstance(one, torch.Tensor) and one.device.type == DEVICE and one.dtype == torch.float64
            for one in tree_leaves(made)
        ):
            raise RuntimeError(f"{function} makes float64 on the device")
        return made


aten = torch.ops.aten
MAY_MIX = {aten._to_copy.default, aten.copy_.default, aten.index.Tensor}  # as on a GPU: copies, and places told from the CPU
