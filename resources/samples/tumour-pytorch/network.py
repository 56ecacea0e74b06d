"""The network: standardised measurements, one hidden layer, one probability. Standardisation is part of it, and so of the ONNX file."""
import random

import numpy
import torch


class TumourNetwork(torch.nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.hidden = torch.nn.Linear(features, hidden)
        self.dropout = torch.nn.Dropout(0.1)
        self.out = torch.nn.Linear(hidden, 1)

    def logits(self, x):
        """Log odds that the tumour is malignant; `x` is [rows, features] of raw measurements."""
        return self.out(self.dropout(torch.relu(self.hidden((x - self.mean) / self.std))))

    def forward(self, x):
        return torch.sigmoid(self.logits(x))


def make_deterministic(seed):
    """The same numbers on every run: fixed seeds, one thread, no algorithm that sums in changing order."""
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
